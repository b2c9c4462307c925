import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "@dingi/base";
import { UrlError } from "./go-url-escape.ts";
import { parseGoUrl } from "./go-url.ts";

const LONG = 200_000;

test("a URL falls into its parts", () => {
  assert.deepEqual(parseGoUrl("HTTPS://me:x%20%61!@[::1%25en%30]:8443/a/b?c=d#e%41"), {
    scheme: "https",
    host: "[::1%en0]:8443",
    user: "me:x%20a%21",
    query: "c=d",
    fragment: "eA",
  });
});

test("what has no scheme may still be a path", () => {
  assert.deepEqual(parseGoUrl("a/b:c"), { scheme: "", host: "", user: undefined, query: "", fragment: "" });
});

for (const [text, message] of [
  [":a", 'parse ":a": missing protocol scheme'],
  ["1a:b", 'parse "1a:b": first path segment in URL cannot contain colon'],
  ["https://a\nb", String.raw`parse "https://a\nb": net/url: invalid control character in URL`],
  ["https://[::1", `parse "https://[::1": missing ']' in host`],
  ["https://a[::1]#b", 'parse "https://a[::1]": invalid IP-literal'],
  ["https://[1.2.3.4]", 'parse "https://[1.2.3.4]": invalid IP-literal'],
  ["https://[b]", 'parse "https://[b]": invalid host: ParseAddr("b"): unable to parse IP'],
  ["https://a:1:2", 'parse "https://a:1:2": invalid port ":1:2" after host'],
  ["https://a%41", 'parse "https://a%41": invalid URL escape "%41"'],
  ["https://a:b", 'parse "https://a:b": invalid port ":b" after host'],
  ["https://a b/", 'parse "https://a b/": invalid character " " in host name'],
  ["https://a/%zz", 'parse "https://a/%zz": invalid URL escape "%zz"'],
  ["https://a/%2", 'parse "https://a/%2": invalid URL escape "%2"'],
  ["https://a/#%", 'parse "https://a/#%": invalid URL escape "%"'],
  ["https://m e@a/", 'parse "https://m e@a/": net/url: invalid userinfo'],
] as const) {
  test(`${JSON.stringify(text)} is no URL`, () => assert.throws(() => parseGoUrl(text), new UrlError(message)));
}

test("however long a text is, it is read in little time", () => {
  const start = systemClock.monotonic();
  for (const piece of [":", "@", "[", "%41", "/", "a+"])
    for (const text of [piece.repeat(LONG), `https://${piece.repeat(LONG)}`])
      try {
        parseGoUrl(text);
      } catch (error) {
        assert.ok(error instanceof UrlError);
      }
  assert.ok(systemClock.monotonic() - start < 5000);
});
