/** The attributes that hold an address, by element. Upstream: apimachinery/pkg/util/proxy/transport.go#atomsToAttrs */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  applet: ["codebase"],
  area: ["href"],
  audio: ["src"],
  base: ["href"],
  blockquote: ["cite"],
  body: ["background"],
  button: ["formaction"],
  command: ["icon"],
  del: ["cite"],
  embed: ["src"],
  form: ["action"],
  frame: ["longdesc", "src"],
  head: ["profile"],
  html: ["manifest"],
  iframe: ["longdesc", "src"],
  img: ["longdesc", "src", "usemap"],
  input: ["src", "usemap", "formaction"],
  ins: ["cite"],
  link: ["href"],
  object: ["classid", "codebase", "data", "usemap"],
  q: ["cite"],
  script: ["src"],
  source: ["src"],
  video: ["poster", "src"],
};

/** What they contain is text, however much it looks like tags. */
const RAW_TEXT = new Set([
  "iframe",
  "noembed",
  "noframes",
  "noscript",
  "plaintext",
  "script",
  "style",
  "title",
  "textarea",
  "xmp",
]);

/** A tag or comment that is longer than this is passed on as it is. */
const MAX_PENDING = 64 * 1024;

const TAG = /<([a-z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>/iy;
const ATTRIBUTE = /([^\s"'<>/=]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)/g;

/**
 * Rewrites the addresses in the tags of a page, piece by piece.
 * Differs: upstream writes every start tag anew; here all but the addresses stays as it came.
 */
export class HtmlLinks {
  readonly #rewrite: (link: string) => string;
  #pending = "";
  /** The element whose end is waited for: what comes before is text. */
  #rawText = "";

  constructor(rewrite: (link: string) => string) {
    this.#rewrite = rewrite;
  }

  /** What can be passed on after this piece; bytes as latin1, so that any encoding stays as it is. */
  push(piece: string): string {
    return this.#take(this.#pending + piece, false);
  }

  end(): string {
    return this.#take(this.#pending, true);
  }

  #take(text: string, isLast: boolean): string {
    let done = "";
    let at = 0;
    while (at < text.length) {
      const open = this.#nextTag(text, at);
      done += text.slice(at, open);
      at = open;
      const construct = open < text.length ? this.#construct(text, open) : undefined;
      if (construct === undefined) break;
      done += construct.written;
      at = construct.end;
    }
    const rest = text.slice(at);
    const isKept = !isLast && rest.length <= MAX_PENDING;
    this.#pending = isKept ? rest : "";
    return isKept ? done : done + rest;
  }

  #nextTag(text: string, from: number): number {
    const found = text.indexOf("<", from);
    return found < 0 ? text.length : found;
  }

  /** What begins at a "<"; undefined while its end has not come. */
  #construct(text: string, open: number): { written: string; end: number } | undefined {
    const asIs = (end: number) => ({ written: text.slice(open, end), end });
    if (this.#rawText !== "") return this.#closeRawText(text, open);
    if (text.startsWith("<!--", open)) return endOf(text, "-->", open + 4, asIs);
    const next = text[open + 1];
    if (next === undefined) return undefined;
    if (next === "!" || next === "/" || next === "?") return endOf(text, ">", open + 1, asIs);
    if (!/[a-z]/i.test(next)) return asIs(open + 1);
    TAG.lastIndex = open;
    const match = TAG.exec(text);
    return match ? { written: this.#startTag(match), end: TAG.lastIndex } : undefined;
  }

  #closeRawText(text: string, open: number): { written: string; end: number } | undefined {
    const close = `</${this.#rawText}`;
    const head = text.slice(open, open + close.length).toLowerCase();
    if (head === close) this.#rawText = "";
    else if (close.startsWith(head) && open + close.length > text.length) return undefined;
    return { written: "<", end: open + 1 };
  }

  #startTag([tag, name = "", attributes = ""]: RegExpExecArray): string {
    const element = name.toLowerCase();
    if (RAW_TEXT.has(element)) this.#rawText = element;
    const names = Object.hasOwn(ATTRIBUTES, element) ? ATTRIBUTES[element]! : [];
    if (names.length === 0) return tag;
    const written = attributes.replace(ATTRIBUTE, (whole: string, key: string, equals: string, value: string) =>
      names.includes(key.toLowerCase()) ? `${key}${equals}${this.#value(value)}` : whole,
    );
    return `<${name}${written}>`;
  }

  #value(value: string): string {
    const quote = value.startsWith('"') || value.startsWith("'") ? value[0]! : "";
    const text = quote === "" ? value : value.slice(1, -1);
    return `${quote}${this.#rewrite(text)}${quote}`;
  }
}

function endOf<T>(text: string, mark: string, from: number, use: (end: number) => T): T | undefined {
  const at = text.indexOf(mark, from);
  return at < 0 ? undefined : use(at + mark.length);
}
