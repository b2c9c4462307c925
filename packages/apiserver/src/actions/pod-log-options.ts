import { forbidden, invalid, newBadRequest, newInvalid, NO_FIELD, type FieldError } from "@dingi/apimachinery";
import { isTrue } from "../routing/request-info.ts";

const FLAGS = ["follow", "previous", "timestamps"] as const;
const COUNTS = ["sinceSeconds", "tailLines", "limitBytes"] as const;

/**
 * What the kubelet is asked for a log, from what the client asks. Throws StatusError 400 for what is no number or time,
 * 422 for values that are not allowed; among these is a stream, whose gate (PodLogsQuerySplitStreams) is alpha. Upstream: pkg/apis/core/validation/validation.go#ValidatePodLogOptions
 */
export function podLogQuery(asked: URLSearchParams, podName: string): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of FLAGS) if (isTrue(asked.get(name))) query.set(name, "true");
  for (const name of COUNTS) if (asked.has(name)) query.set(name, String(integer(asked.get(name)!)));
  const sinceTime = asked.get("sinceTime");
  if (sinceTime) query.set("sinceTime", time(sinceTime));
  const errors = validate(query, asked.has("stream"));
  if (errors.length > 0) throw newInvalid({ group: "", kind: "PodLogOptions" }, podName, errors);
  return query;
}

function validate(query: URLSearchParams, namesStream: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const count = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  const [sinceSeconds, tailLines, limitBytes] = COUNTS.map(count);
  if (tailLines !== undefined && tailLines < 0)
    errors.push(invalid("tailLines", tailLines, "must be greater than or equal to 0"));
  if (limitBytes !== undefined && limitBytes < 1)
    errors.push(invalid("limitBytes", limitBytes, "must be greater than 0"));
  if (sinceSeconds !== undefined && query.has("sinceTime"))
    errors.push(forbidden(NO_FIELD, "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    errors.push(invalid("sinceSeconds", sinceSeconds, "must be greater than 0"));
  if (namesStream) errors.push(forbidden("stream", "may not be specified"));
  return errors;
}

function integer(text: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function time(text: string): string {
  if (Number.isNaN(Date.parse(text)))
    throw newBadRequest(
      `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`,
    );
  return text;
}
