// Which thing a scanned or typed code means, as the server decides it: its barcode, whatever spaces, hyphens and leading zeros are
// told of a number, else its SKU, which may be typed in small letters.
window.doorstepCodes = (() => {
  const bare = (code) => { const stripped = code.replace(/[\s-]/g, ""); return /^\d+$/.test(stripped) ? stripped.replace(/^0+/, "") : code.trim(); };
  const isCode = (one, code) => bare(one) === bare(code);
  const isSku = (sku, code) => sku === code.trim() || sku === code.trim().toUpperCase();
  return {
    means: (item, code) => (item.barcode && isCode(item.barcode, code)) || isSku(item.sku, code),
    // where barcodes and SKUs stand in one list
    among: (codes, code) => codes.some((one) => one && (isCode(one, code) || isSku(one, code))),
  };
})();
