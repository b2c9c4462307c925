import assert from "node:assert/strict";
import { test } from "node:test";
import { timeZoneProblem } from "./time-zone.ts";

test("names of the TZ database and their older spellings are known", () => {
  for (const name of ["UTC", "Local", "", "Europe/Kyiv", "Europe/Kiev", "Etc/GMT+5", "EST5EDT", "Factory", "Zulu"])
    assert.equal(timeZoneProblem(name), undefined, name);
});

test("what engines take besides, other spellings and offsets are not", () => {
  for (const name of ["europe/kyiv", "utc", "PST", "IST", "+05:00", "UTC+1", "Etc/Unknown", "SystemV/EST5"])
    assert.equal(timeZoneProblem(name), `unknown time zone ${name}`);
});

test("a path is no name", () => {
  for (const name of ["../etc/passwd", "/UTC", "\\UTC"])
    assert.equal(timeZoneProblem(name), "time: invalid location name");
});
