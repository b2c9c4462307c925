import { createHash } from "node:crypto";

/** Which cards of a deck a flow holds: nearly no two flows hold the same ones. Upstream: apiserver/pkg/util/shufflesharding/shufflesharding.go#Deal */
export function dealHand(hash: bigint, deckSize: number, handSize: number): number[] {
  const hand: number[] = [];
  const remainders: number[] = [];
  let rest = hash;
  for (let i = 0; i < handSize; i++) {
    const left = BigInt(deckSize - i);
    remainders.push(Number(rest % left));
    rest /= left;
  }
  for (const [i, remainder] of remainders.entries()) {
    let card = remainder;
    for (let j = i; j > 0; j--) if (card >= remainders[j - 1]!) card++;
    hand.push(card);
  }
  return hand;
}

/** Upstream: apiserver/pkg/util/flowcontrol/apf_controller.go#hashFlowID */
export function hashFlow(schema: string, distinguisher: string): bigint {
  return createHash("sha256").update(`${schema}\0${distinguisher}`).digest().readBigUInt64LE(0);
}
