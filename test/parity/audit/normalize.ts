const MOMENT = /"(?:requestReceivedTimestamp|stageTimestamp|creationTimestamp)":"[^"]*"/g;
/** What each server chooses for itself. */
const OWN = /"(?:uid|resourceVersion)":"[^"]*"/g;
const LATENCY = /^apiserver\.latency\.k8s\.io\//;

interface Event {
  auditID?: string;
  sourceIPs?: unknown;
  userAgent?: unknown;
  user?: { extra?: unknown };
  impersonatedUser?: { extra?: unknown };
  annotations?: Record<string, string>;
  [field: string]: unknown;
}

/** An event without what differs from run to run. */
export function normalizeEvent(event: object): Event {
  const text = JSON.stringify(event).replaceAll(MOMENT, '"at":"now"').replaceAll(OWN, '"own":"x"');
  const known = JSON.parse(text.replaceAll(/g-[a-z0-9]{5}/g, "g-xxxxx")) as Event;
  if (known.auditID !== "mine") delete known.auditID;
  delete known.sourceIPs;
  delete known.userAgent;
  delete known.user?.extra;
  for (const name of Object.keys(known.annotations ?? {})) if (LATENCY.test(name)) delete known.annotations![name];
  return known;
}
