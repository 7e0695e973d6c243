// Reads QR codes with the camera: by the browser's own BarcodeDetector, or by the decoder in static/vendor/qr.
"use strict";

const CheckInCamera = (() => {
  const WIDE = 800; // pixels that the decoder looks at; more only takes longer
  const PAUSE = 120; // milliseconds between two looks

  async function detector(decoder) {
    if ("BarcodeDetector" in window) {
      try {
        if ((await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
          const own = new BarcodeDetector({ formats: ["qr_code"] });
          return async (video) => (await own.detect(video)).map((found) => found.rawValue);
        }
      } catch { /* announced, and not there */ }
    }
    const { default: decode } = await import(decoder);
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return async (video) => {
      const scale = Math.min(1, WIDE / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      try { return [decode(context.getImageData(0, 0, canvas.width, canvas.height))]; } catch { return []; } // none in this picture
    };
  }

  // Why there is no picture, as a name of what the page says.
  function trouble(error) {
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return "camera_insecure";
    return {
      NotAllowedError: "camera_refused",
      NotFoundError: "camera_none",
      OverconstrainedError: "camera_none",
      NotReadableError: "camera_busy",
      AbortError: "camera_busy",
    }[error?.name] ?? "camera_broken";
  }

  // Starts to look. Tells `read` what it says, and when it was looked at. Returns how to stop. Throws the name of what the
  // page says where there is no camera.
  async function start(video, decoder, read) {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
      video.srcObject = stream;
      await video.play();
    } catch (error) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      throw trouble(error);
    }
    let look;
    try { look = await detector(decoder); } catch { for (const track of stream.getTracks()) track.stop(); throw "camera_broken"; }
    let isOn = true;
    (async () => {
      while (isOn) {
        const looked = Date.now();
        if (video.videoWidth > 0) for (const text of await look(video).catch(() => [])) if (isOn) await read(text, looked);
        await new Promise((done) => setTimeout(done, PAUSE));
      }
    })();
    return () => {
      isOn = false;
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    };
  }

  return { start };
})();
