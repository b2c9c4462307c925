import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HtmlLinks } from "./html-links.ts";
import { rewriteLink } from "./link-rewriter.ts";

const place = { prefix: "/api/v1/namespaces/n/pods/p/proxy", authority: "10.0.0.5:80", requestHost: "api.test:6443" };
const p = place.prefix;

describe("Links lead through the proxy", () => {
  for (const [link, wanted] of [
    ["/rewriteme", `${p}/rewriteme`],
    ["/a/?b=/c#d", `${p}/a/?b=/c#d`],
    ["/", `${p}/`],
    ["relative", "relative"],
    ["#top", "#top"],
    ["mailto:a@b", "mailto:a@b"],
    ["http://10.0.0.5:80/x", `${p}/x`],
    ["//10.0.0.5:80/x", `${p}/x`],
    ["http://other.test/x", "http://other.test/x"],
    ["https://api.test:6443/x", `https://api.test:6443${p}/x`],
    [`${p}/x`, `${p}/x`],
    ["/a/../b//c", `${p}/b/c`],
  ] as const)
    test(link, () => assert.equal(rewriteLink(link, place), wanted));
});

const rewrite = (pieces: readonly string[]): string => {
  const links = new HtmlLinks((link) => rewriteLink(link, place));
  return pieces.map((piece) => links.push(piece)).join("") + links.end();
};

describe("Pages", () => {
  for (const [page, wanted] of [
    ['<a href="/rewriteme">test</a>', `<a href="${p}/rewriteme">test</a>`],
    ["<A class=x HREF = '/y' >/y</A>", `<A class=x HREF = '${p}/y' >/y</A>`],
    ["<img src=/i.png usemap=#m>", `<img src=${p}/i.png usemap=#m>`],
    ['<p title="/x">/x < 3 <b', '<p title="/x">/x < 3 <b'],
    ['<!-- <a href="/x"> --><a href="/y">', `<!-- <a href="/x"> --><a href="${p}/y">`],
    [
      '<script src="/s">var a = \'<a href="/x">\';</script><a href="/y">',
      `<script src="${p}/s">var a = '<a href="/x">';</script><a href="${p}/y">`,
    ],
    ['<constructor href="/x">', '<constructor href="/x">'],
    ["<!doctype html><br/></br>é", "<!doctype html><br/></br>é"],
  ] as const) {
    test(page, () => {
      assert.equal(rewrite([page]), wanted);
      assert.equal(rewrite([...page]), wanted, "byte by byte");
    });
  }

  test("a tag without an end is not kept for ever", () => {
    const page = `<a href="${"x".repeat(200_000)}`;
    const links = new HtmlLinks((link) => link);
    assert.equal(links.push(page), page);
  });
});
