// What the desk's browser keeps between two looks at the network: the sealed list of a session, and scans that wait.
// A scan that waits has the key of its entry, not the ticket's code: it opens nothing.
"use strict";

const CheckInStore = (() => {
  let database = null;

  function opened() {
    database ??= new Promise((done, fail) => {
      const asked = indexedDB.open("check-in", 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("lists", { keyPath: "session" });
        asked.result.createObjectStore("scans", { keyPath: "id" }).createIndex("session", "session");
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
    return database;
  }

  async function run(name, mode, work) {
    const transaction = (await opened()).transaction(name, mode);
    const asked = work(transaction.objectStore(name));
    return new Promise((done, fail) => {
      transaction.oncomplete = () => done(asked?.result);
      transaction.onerror = transaction.onabort = () => fail(transaction.error);
    });
  }

  return {
    list: (session) => run("lists", "readonly", (store) => store.get(session)),
    keepList: (list) => run("lists", "readwrite", (store) => store.put(list)),
    forgetList: (session) => run("lists", "readwrite", (store) => store.delete(session)),
    lists: () => run("lists", "readonly", (store) => store.getAll()),
    scans: (session) => run("scans", "readonly", (store) => store.index("session").getAll(session)),
    addScan: (scan) => run("scans", "readwrite", (store) => store.put(scan)),
    dropScans: (ids) => run("scans", "readwrite", (store) => { for (const id of ids) store.delete(id); }),
  };
})();
