// The room's screen: says so when the code is not renewed any more. The renewing itself is htmx's; without scripts, the page's.
"use strict";

const stale = document.querySelector("[data-stale]");
document.addEventListener("htmx:afterRequest", (event) => { stale.hidden = event.detail.successful; });
