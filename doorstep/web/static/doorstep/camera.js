// A phone's camera as a scanner, where the browser can read barcodes. One code that stays in view counts once: it counts again
// after it was out of sight for a while. `onCode` gets each code, `onTrouble` says that there is no camera, `onTurn` that it was
// switched on or off, `ready` whether a code may count just now.
window.doorstepCamera = ({ onCode, onTrouble, onTurn = () => {}, ready = () => true }) => {
  const button = document.getElementById("camera-button");
  const video = document.getElementById("camera");
  const AGAIN_MS = 1600, LOOK_MS = 180;
  let stream = null;
  let seen = { code: "", at: 0 };
  const turn = () => {
    video.hidden = stream === null;
    button.setAttribute("aria-pressed", String(stream !== null));
    onTurn();
  };
  async function start() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      stream = null;
      onTrouble();
      return;
    }
    const detector = new BarcodeDetector();
    video.srcObject = stream;
    turn();
    await video.play();
    look(detector);
  }
  async function look(detector) {
    if (!stream) return;
    const code = (await detector.detect(video).catch(() => []))[0]?.rawValue ?? "";
    const now = Date.now();
    if (code && ready()) {
      const isNew = code !== seen.code || now - seen.at > AGAIN_MS;
      seen = { code, at: now };
      if (isNew) onCode(code);
    }
    setTimeout(() => look(detector), LOOK_MS);
  }
  function stop() {
    if (!stream) return;
    for (const track of stream.getTracks()) track.stop();
    stream = null;
    turn();
  }
  if (button && video && "BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) {
    button.hidden = false;
    button.addEventListener("click", () => (stream ? stop() : start()));
    addEventListener("pagehide", stop);
  }
  return { isOn: () => stream !== null, stop };
};
