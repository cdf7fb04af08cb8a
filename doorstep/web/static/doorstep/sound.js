// What somebody with a scanner in the hand hears and feels of an answer: good, kept for later, done with all, bad. Whether it is
// loud is remembered on the device, for every page with a scanner.
window.doorstepSound = (() => {
  let audio = null;
  let loud = true;
  try { loud = localStorage.getItem("doorstep.sound") !== "off"; } catch { /* loud */ }
  function tone(frequency, from, long, shape) {
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    oscillator.type = shape;
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0.25, audio.currentTime + from);
    gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + from + long);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(audio.currentTime + from);
    oscillator.stop(audio.currentTime + from + long);
  }
  function play(kind) {
    if (!navigator.userActivation?.hasBeenActive) return;
    navigator.vibrate?.({ good: 40, done: [40, 60, 40], kept: [40, 40], bad: [160, 80, 160] }[kind]);
    if (!loud || !window.AudioContext) return;
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
    if (kind === "good") tone(1180, 0, 0.12, "sine");
    if (kind === "kept") { tone(880, 0, 0.09, "sine"); tone(880, 0.13, 0.09, "sine"); }
    if (kind === "done") [660, 880, 1320].forEach((f, n) => tone(f, n * 0.1, 0.16, "sine"));
    if (kind === "bad") { tone(190, 0, 0.22, "square"); tone(150, 0.26, 0.3, "square"); }
  }
  return {
    play,
    // Said, heard and felt at once, in the line for answers; "none" is said only.
    say: (kind, word, extra = "") => {
      const line = document.getElementById("answer");
      line.dataset.tone = kind === "done" ? "good" : kind;
      document.getElementById("answer-word").textContent = extra ? `${word} · ${extra}` : word;
      line.classList.remove("flash");
      void line.offsetWidth;
      line.classList.add("flash");
      if (kind !== "none") play(kind);
    },
    show: (button) => button.setAttribute("aria-pressed", loud),
    toggle: (button) => {
      loud = !loud;
      try { localStorage.setItem("doorstep.sound", loud ? "on" : "off"); } catch { /* not remembered */ }
      button.setAttribute("aria-pressed", loud);
      if (loud) play("good");
    },
  };
})();
