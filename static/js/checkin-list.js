// The list that the desk keeps for when the network is away: how an entry is found and opened with a ticket's code.
// The same as events/attendance/checking/offline.py and network/code_words.py, with the browser's own cryptography.
"use strict";

const CheckInList = (() => {
  const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const LENGTH = 17;
  const encoder = new TextEncoder();

  function bytes(base64url) {
    const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  }

  function base64url(raw) {
    return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  function joined(...parts) {
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let place = 0;
    for (const part of parts) { whole.set(part, place); place += part.length; }
    return whole;
  }

  // The ticket's code in what was scanned (an address) or typed, without hyphens; null where it is none or was misread.
  function codeIn(text) {
    const inAddress = /\/t\/([^/?#]+)\/?(?:[?#].*)?$/i.exec(text.trim());
    const code = (inAddress ? inAddress[1] : text).replace(/[\s\-‐‑–—−_]+/gu, "").toUpperCase()
      .replaceAll("O", "0").replaceAll("I", "1").replaceAll("L", "1");
    if (code.length !== LENGTH) return null;
    let total = 0;
    for (const [place, character] of [...code].entries()) {
      const value = LETTERS.indexOf(character);
      if (value < 0) return null;
      if (place === LENGTH - 1) return value === total ? code : null;
      const doubled = (total ^ value) << 1; // times x in GF(32), x⁵ + x² + 1 = 0
      total = doubled & 0b100000 ? doubled ^ 0b100101 : doubled;
    }
    return null;
  }

  // Under which key the list has the code.
  async function keyOf(salt, code) {
    const hash = await crypto.subtle.digest("SHA-256", joined(encoder.encode("check-in key\0"), bytes(salt), encoder.encode(code)));
    return base64url(new Uint8Array(hash).slice(0, 16));
  }

  // What an entry says about the ticket's holder.
  async function open(salt, code, sealed) {
    const raw = await crypto.subtle.importKey("raw", encoder.encode(code), "HKDF", false, ["deriveKey"]);
    const how = { name: "HKDF", hash: "SHA-256", salt: bytes(salt), info: encoder.encode("check-in record") };
    const key = await crypto.subtle.deriveKey(how, raw, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
    const whole = bytes(sealed);
    const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: whole.slice(0, 12) }, key, whole.slice(12));
    return JSON.parse(new TextDecoder().decode(opened));
  }

  return { codeIn, keyOf, open };
})();
