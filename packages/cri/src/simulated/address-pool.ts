import { RuntimeError } from "../runtime-error.ts";

/** Hands out the addresses of an IPv4 range, round and round, without its network, gateway (.1) and broadcast addresses. */
export class AddressPool {
  readonly #base: number;
  readonly #last: number;
  readonly #taken = new Set<number>();
  readonly #cidr: string;
  #next = 2;

  constructor(cidr: string) {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
    const octets = match?.slice(1, 5).map(Number) ?? [];
    const bits = Number(match?.[5]);
    if (!match || octets.some((octet) => octet > 255) || bits < 8 || bits > 29) {
      throw new RuntimeError("InvalidArgument", `"${cidr}" is not an IPv4 range of /8 to /29`);
    }
    const size = 2 ** (32 - bits);
    const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
    this.#base = address - (address % size);
    this.#last = size - 2;
    this.#cidr = cidr;
  }

  take(): string {
    const usable = this.#last - 1;
    if (this.#taken.size >= usable)
      throw new RuntimeError("ResourceExhausted", `No address is left in "${this.#cidr}"`);
    while (this.#taken.has(this.#next)) this.#advance();
    const offset = this.#next;
    this.#taken.add(offset);
    this.#advance();
    return dotted(this.#base + offset);
  }

  free(address: string): void {
    this.#taken.delete(address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0) - this.#base);
  }

  #advance(): void {
    this.#next = this.#next >= this.#last ? 2 : this.#next + 1;
  }
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}
