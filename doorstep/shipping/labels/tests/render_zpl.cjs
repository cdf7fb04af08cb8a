// Usage: node render_zpl.cjs <zpl-renderer-js> <dots per mm> <out.png> < label.zpl
const fs = require("fs");
const { ready } = require(process.argv[2]);
ready.then(async ({ api }) => {
  const png = await api.zplToBase64Async(fs.readFileSync(0, "utf8"), 101.6, 152.4, Number(process.argv[3]));
  fs.writeFileSync(process.argv[4], Buffer.from(png, "base64"));
  process.exit(0);
});
