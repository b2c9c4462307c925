/** What goes into a tar archive. Paths are relative, without a trailing slash. */
export type TarEntry =
  | { readonly type: "file"; readonly path: string; readonly data: Uint8Array; readonly mode?: number }
  | { readonly type: "directory"; readonly path: string; readonly mode?: number }
  | { readonly type: "symlink"; readonly path: string; readonly target: string };

const BLOCK = 512;
const TYPE_FLAGS = { file: "0", symlink: "2", directory: "5" } as const;
const DEFAULT_MODES = { file: 0o644, symlink: 0o777, directory: 0o755 } as const;
const LONGEST_NAME = 100;

/** A POSIX ustar archive that depends on nothing but its entries: no time, owner 0. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks: Uint8Array[] = [];
  for (const entry of entries) {
    blocks.push(header(entry));
    if (entry.type === "file") blocks.push(entry.data, Buffer.alloc(padding(entry.data.length)));
  }
  blocks.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(blocks);
}

function header(entry: TarEntry): Buffer {
  const name = entry.type === "directory" ? `${entry.path}/` : entry.path;
  if (Buffer.byteLength(name) > LONGEST_NAME) throw new RangeError(`Path "${name}" is too long for a tar archive`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at);
  block.write(name, 0);
  octal(("mode" in entry ? entry.mode : undefined) ?? DEFAULT_MODES[entry.type], 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(entry.type === "file" ? entry.data.length : 0, 124, 12);
  octal(0, 136, 12);
  block.write(" ".repeat(8), 148);
  block.write(TYPE_FLAGS[entry.type], 156);
  if (entry.type === "symlink") block.write(entry.target, 157);
  block.write("ustar\0" + "00", 257);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function padding(length: number): number {
  return (BLOCK - (length % BLOCK)) % BLOCK;
}
