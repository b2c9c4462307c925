import { MASQUERADE_BIT } from "./chain.ts";
import type { Change } from "./rule-table.ts";

/** The table that is wholly the proxy's own. */
const TABLE = "ip dingi";

/** Elements are sent in statements of at most so many. */
const STATEMENT_ELEMENTS = 5000;
const AFFINITY_CLIENTS = 65_536;
const KEY = "ip daddr . meta l4proto . th dport";

/**
 * One map lookup decides each new connection; the rest of a connection never comes here.
 * `do` falls back to the first endpoint, for a packet that crosses a change between its two lookups. The only dnat is
 * here because nft 1.0.6 refuses such a rule ("conflicting protocols") in a chain that is added later.
 */
function skeleton(serviceCidr: string): string {
  return `table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
  map services { typeof ${KEY} : verdict; }
  map endpoints { typeof ${KEY} . meta mark : ip daddr . th dport; }
  map slots { typeof ${KEY} . meta mark : meta mark; }
  map affinity { typeof ip saddr . ${KEY} : meta mark; size ${AFFINITY_CLIENTS}; flags dynamic,timeout; }
  map refused { typeof ${KEY} : verdict; }
  map firewall { typeof ${KEY} : verdict; }
  set hairpins { typeof ip saddr . ip daddr; }
  set clusterips { typeof ip daddr; }
  chain exact {
    dnat ip to ${KEY} . meta mark map @endpoints
  }
  chain do {
    jump exact
    meta mark set 0
    jump exact
  }
  chain masq {
    ct mark set ct mark | ${MASQUERADE_BIT}
  }
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject with icmp port-unreachable
  }
  chain unserved {
    ${KEY} vmap @refused
    ip daddr != ${serviceCidr} return
    ip daddr @clusterips goto refuse
    drop
  }
  chain sources {
    type filter hook prerouting priority -110; policy accept;
    ct state new ${KEY} vmap @firewall
  }
  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
    ${KEY} vmap @services
  }
  chain output {
    type nat hook output priority -100; policy accept;
    ${KEY} vmap @services
  }
  chain unserved_prerouting {
    type filter hook prerouting priority -90; policy accept;
    ct state new jump unserved
  }
  chain unserved_output {
    type filter hook output priority -90; policy accept;
    ct state new jump unserved
  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ct mark & ${MASQUERADE_BIT} == ${MASQUERADE_BIT} masquerade
    ct status dnat ip saddr . ip daddr @hairpins masquerade
  }
}
`;
}

/** Replaces the whole table in one transaction; `all` must be a change from nothing. */
export function reloadScript(serviceCidr: string, all: Change): string {
  return skeleton(serviceCidr) + changeScript(all);
}

/** One transaction for `nft -f -`; empty when nothing changes. */
export function changeScript(change: Change): string {
  const removed = new Map<string, string[]>();
  const added = new Map<string, string[]>();
  for (const [id, { before, after }] of change.elements) {
    const at = id.indexOf(" ");
    const map = id.slice(0, at);
    const key = id.slice(at + 1);
    if (before !== undefined) push(removed, map, key);
    if (after !== undefined) push(added, map, after === "" ? key : `${key} : ${after}`);
  }
  return [...statements("delete", removed), ...chainBlocks(change.chains), ...statements("add", added)].join("");
}

function push(lists: Map<string, string[]>, name: string, item: string): void {
  const list = lists.get(name);
  if (list) list.push(item);
  else lists.set(name, [item]);
}

function* statements(verb: string, elements: ReadonlyMap<string, readonly string[]>): Generator<string> {
  for (const [map, list] of elements) {
    for (let i = 0; i < list.length; i += STATEMENT_ELEMENTS) {
      yield `${verb} element ${TABLE} ${map} { ${list.slice(i, i + STATEMENT_ELEMENTS).join(", ")} }\n`;
    }
  }
}

/** A chain may go to those that come before it in the insertion order, and to no other. */
function* chainBlocks(chains: Change["chains"]): Generator<string> {
  if (chains.size === 0) return;
  yield `table ${TABLE} {\n`;
  for (const [name, body] of chains) yield `  chain ${name} {\n${body.map((rule) => `    ${rule}\n`).join("")}  }\n`;
  yield "}\n";
}
