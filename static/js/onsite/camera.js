/** Reads QR codes from the camera: with the browser's own detector where it has one, else with zxing. */

const EVERY = 110;
const SIDE = 720;
// The same badge counts again when it was out of sight for so long.
const GONE = 2000;

async function detector({ reader, wasm }) {
  if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const own = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await own.detect(video))[0]?.rawValue;
  }
  const { prepareZXingModule, readBarcodes } = await import(reader);
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const from = Math.min(video.videoWidth, video.videoHeight);
    const to = Math.min(from, SIDE);
    canvas.width = canvas.height = to;
    const [x, y] = [(video.videoWidth - from) / 2, (video.videoHeight - from) / 2];
    context.drawImage(video, x, y, from, from, 0, 0, to, to);
    const found = await readBarcodes(context.getImageData(0, 0, to, to), { formats: ["QRCode"], maxNumberOfSymbols: 1 });
    return found.find((code) => code.isValid)?.text;
  };
}

/** Starts the camera; `onScan(text)` is called once for each badge shown. Rejects where there is no camera to use. */
export async function start(video, parts, { onScan, isPaused }) {
  const [stream, detect] = await Promise.all([
    navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    }),
    detector(parts),
  ]);
  video.srcObject = stream;
  await video.play();
  let shown = "";
  let seen = 0;
  const look = async () => {
    if (!document.hidden && !isPaused() && video.readyState >= video.HAVE_CURRENT_DATA) {
      const text = await detect(video).catch(() => undefined);
      const now = performance.now();
      if (text) {
        if (text !== shown || now - seen > GONE) onScan(text);
        shown = text;
        seen = now;
      }
    }
    setTimeout(look, EVERY);
  };
  look();
}
