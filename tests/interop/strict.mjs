// Reads a calendar as Thunderbird does (ical.js) and as strictly as RFC 5545 allows. Prints what is wrong and the instants
// of every event as JSON: {"findings": [...], "events": [{"uid", "starts", "ends", "allDay", "summary", …}]}.
// With a method as the argument after the file ("-": standard input) it is the part of a mail: for one attendee, from an organiser.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const [, , file = "-", method = "PUBLISH"] = process.argv;
const bytes = readFileSync(file === "-" ? 0 : file);
const findings = [];

// --- Lines: RFC 5545 §3.1 ------------------------------------------------------------------------------------------
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
if (bytes[0] === 0xef && bytes[1] === 0xbb) findings.push("starts with a byte order mark");
if (bytes.length < 2 || bytes.at(-1) !== 10 || bytes.at(-2) !== 13) findings.push("the last line does not end with CRLF");
let number = 0;
let start = 0;
for (let at = 0; at < bytes.length; at++) {
  if (bytes[at] === 13 && bytes[at + 1] !== 10) findings.push(`line ${number + 1}: a bare CR`);
  if (bytes[at] !== 10) continue;
  number += 1;
  if (bytes[at - 1] !== 13) findings.push(`line ${number}: a bare LF`);
  const line = bytes.subarray(start, at - 1);
  if (line.length > 75) findings.push(`line ${number}: ${line.length} octets`);
  if (line.length === 0) findings.push(`line ${number}: empty`);
  try {
    const text = utf8.decode(line);
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) findings.push(`line ${number}: a control character`);
  } catch {
    findings.push(`line ${number}: a character is cut, or it is not UTF-8`);
  }
  start = at + 1;
}

// --- Components ----------------------------------------------------------------------------------------------------
const calendar = new ICAL.Component(ICAL.parse(new TextDecoder().decode(bytes)));
const name = calendar.name;
if (name !== "vcalendar") findings.push(`the outermost component is ${name}`);
for (const [property, value] of [["version", "2.0"], ["calscale", "GREGORIAN"], ["method", method]]) {
  if (calendar.getFirstPropertyValue(property) !== value) findings.push(`${property} is not ${value}`);
}
if (!calendar.getFirstPropertyValue("prodid")) findings.push("no PRODID");
if (calendar.hasProperty("uid")) findings.push("the calendar has a UID: vdirsyncer keeps one event of all");
if (calendar.getAllSubcomponents().length === 0) findings.push("no component (RFC 5545 §3.4 asks for one)");

const zones = new Map();
for (const zone of calendar.getAllSubcomponents("vtimezone")) {
  const tzid = zone.getFirstPropertyValue("tzid");
  if (zones.has(tzid)) findings.push(`zone ${tzid} is declared twice`);
  zones.set(tzid, zone);
  const standards = zone.getAllSubcomponents("standard");
  const daylights = zone.getAllSubcomponents("daylight");
  if (standards.length !== 1 || daylights.length > 1) findings.push(`zone ${tzid}: more than one STANDARD or DAYLIGHT`);
  for (const half of [...standards, ...daylights]) {
    if (half.hasProperty("rdate")) findings.push(`zone ${tzid}: RDATE`);
    if (daylights.length && half.getAllProperties("rrule").length !== 1) findings.push(`zone ${tzid}: no single RRULE`);
  }
}

// As Thunderbird does: this very prefix, and percent-decoding (calItemBase, descriptionHTML).
const html = (description) => {
  const altrep = description?.getParameter("altrep");
  return altrep?.startsWith("data:text/html,") ? decodeURIComponent(altrep.slice("data:text/html,".length)) : null;
};
const instant = (time) => (time.isDate ? time.toString() : new Date(time.toUnixTime() * 1000).toISOString().replace(".000Z", "Z"));
const used = new Set();
const uids = new Set();
const events = calendar.getAllSubcomponents("vevent").map((event) => {
  const uid = event.getFirstPropertyValue("uid");
  if (!uid) findings.push("an event has no UID");
  if (uids.has(uid)) findings.push(`UID ${uid} twice: programs keep the last`);
  uids.add(uid);
  for (const required of ["dtstamp", "created", "last-modified", "sequence", "dtstart", "dtend", "summary", "status", "url"]) {
    if (event.getAllProperties(required).length !== 1) findings.push(`${uid}: not one ${required}`);
  }
  for (const people of ["attendee", "organizer"]) {
    const named = event.getAllProperties(people).length;
    if (named !== (method === "PUBLISH" ? 0 : 1)) findings.push(`${uid}: ${named} of ${people}`);
  }
  const alarms = event.getAllSubcomponents("valarm");
  for (const alarm of alarms) {
    for (const required of ["uid", "action", "trigger", "description"]) {
      if (alarm.getAllProperties(required).length !== 1) findings.push(`${uid}: an alarm with not one ${required}`);
    }
    const alarmUid = alarm.getFirstPropertyValue("uid");
    if (uids.has(alarmUid)) findings.push(`UID ${alarmUid} twice: of an alarm`);
    uids.add(alarmUid);
  }
  for (const property of event.getAllProperties()) {
    const value = property.getFirstValue();
    if (!(value instanceof ICAL.Time) || value.isDate) continue;
    const tzid = property.getParameter("tzid");
    if (tzid) {
      used.add(tzid);
      if (!zones.has(tzid)) findings.push(`${uid}: zone ${tzid} is not declared`);
    } else if (value.zone !== ICAL.Timezone.utcTimezone) {
      findings.push(`${uid}: ${property.name} is floating`);
    }
  }
  const starts = event.getFirstPropertyValue("dtstart");
  const ends = event.getFirstPropertyValue("dtend");
  if (!ends) findings.push(`${uid}: does not say when it ends`);
  else if (starts.isDate !== ends.isDate) findings.push(`${uid}: DTSTART and DTEND are of different kinds`);
  else if (ends.compare(starts) <= 0) findings.push(`${uid}: ends before it starts`);
  const text = (property) => event.getFirstPropertyValue(property);
  return {
    uid,
    starts: instant(starts),
    ends: ends ? instant(ends) : null,
    allDay: starts.isDate,
    summary: text("summary"),
    description: text("description"),
    location: text("location"),
    status: text("status"),
    sequence: text("sequence"),
    contact: text("contact"),
    categories: event.getFirstProperty("categories")?.getValues() ?? [],
    related: event.getAllProperties("related-to").map((one) => [one.getParameter("reltype"), one.getFirstValue()]),
    alarms: alarms.length,
    html: html(event.getFirstProperty("description")),
    apple: ["x-title", "x-address"].map((name) => event.getFirstProperty("x-apple-structured-location")?.getParameter(name) ?? null),
  };
});
if (events.length) for (const tzid of zones.keys()) if (!used.has(tzid)) findings.push(`zone ${tzid} is not used`);

process.stdout.write(JSON.stringify({ findings, events }));
