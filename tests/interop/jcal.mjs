// Prints the jCal that ical.js makes of a calendar on standard input: ["vcalendar", properties, components].
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

console.log(JSON.stringify(ICAL.parse(readFileSync(0, "utf8"))));
