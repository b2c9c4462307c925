import assert from "node:assert/strict";
import { test } from "node:test";
import { Everything, Pod } from "../testdata/pod-schema.ts";
import { DecodeError } from "./decode-error.ts";
import { decodeJson } from "./decode-json.ts";
import { encodeJson } from "./encode-json.ts";

const bytes = (text: string): Buffer => Buffer.from(text);
const pod = (text: string) => decodeJson(bytes(text), { schema: Pod });
const written = (text: string): string => encodeJson(pod(text).value);

function complaint(text: string | Uint8Array, schema = Pod): string {
  try {
    decodeJson(typeof text === "string" ? bytes(text) : text, { schema });
  } catch (error) {
    assert(error instanceof DecodeError, String(error));
    return error.message;
  }
  return "";
}

// What upstream writes after reading these and storing them, as its own decoder and protobuf showed.
test("writes back what upstream would", () => {
  const table: Record<string, string> = {
    "{}": '{"metadata":{},"spec":{"containers":null},"status":{}}',
    '{"status":null,"spec":{"nodeName":"","hostNetwork":false,"containers":[]},"kind":"Pod","apiVersion":"v1"}':
      '{"kind":"Pod","apiVersion":"v1","metadata":{},"spec":{"containers":null},"status":{}}',
    '{"spec":{"containers":[null,{"image":"i","resources":{"limits":{"b":1.50,"a":"1024Mi"}}}],"terminationGracePeriodSeconds":0}}':
      '{"metadata":{},"spec":{"containers":[{"name":"","resources":{}},{"name":"","image":"i","resources":{"limits":{"a":"1Gi","b":"1500m"}}}],"terminationGracePeriodSeconds":0},"status":{}}',
    '{"metadata":{"creationTimestamp":"2026-01-01T00:00:00.5+02:00","labels":{"b":"2","a":null},"annotations":{}}}':
      '{"metadata":{"creationTimestamp":"2025-12-31T22:00:00Z","labels":{"a":"","b":"2"}},"spec":{"containers":null},"status":{}}',
    '{"metadata":{"creationTimestamp":null,"deletionTimestamp":null}}':
      '{"metadata":{},"spec":{"containers":null},"status":{}}',
    '{"spec":{"volumes":[{"emptyDir":{},"name":"v"}],"containers":null}}':
      '{"metadata":{},"spec":{"volumes":[{"name":"v","emptyDir":{}}],"containers":null},"status":{}}',
  };
  for (const [text, expected] of Object.entries(table)) assert.equal(written(text), expected, text);
});

test("fields that no object shares", () => {
  const table: Record<string, string> = {
    "{}": '{"metadata":{},"bytes":null,"time":null,"quantity":"0"}',
    '{"bytes":"","data":{"b":null,"a":"aG\\nk="},"micro":"2026-01-01T00:00:00.1234560+01:00"}': "",
    '{"bytes":"","data":{"b":null,"a":"aG\\nk="},"micro":"2026-01-01T01:00:00.123456+01:00"}':
      '{"metadata":{},"data":{"a":"aGk=","b":""},"bytes":"","micro":"2026-01-01T00:00:00.123456Z","time":null,"quantity":"0"}',
    '{"bytes":[104,105],"duration":"90s","float":1e3,"raw":{"b":1,"a":[]},"any":{"x":null},"extra":{"k":null,"j":["v"]},"numbers":[9007199254740993,null]}':
      '{"metadata":{},"bytes":"aGk=","time":null,"duration":"1m30s","float":1000,"raw":{"b":1,"a":[]},"any":{"x":null},"extra":{"j":["v"],"k":[]},"numbers":[9007199254740993,0],"quantity":"0"}',
  };
  for (const [text, expected] of Object.entries(table)) {
    if (expected === "") assert.match(complaint(text, Everything), /^parsing time/);
    else assert.equal(encodeJson(decodeJson(bytes(text), { schema: Everything }).value), expected, text);
  }
});

test("reports unknown and duplicate fields in order, and the last one wins", () => {
  const { value, strictErrors } = pod(
    '{"spec":{"nodeName":"a","nodeName":"b","foo":{"x":1,"x":2},"Containers":[],"containers":[{"name":"c","x\\"y":1}]},"metadata":{"labels":{"a":"1","a":"2"}},"__proto__":{"polluted":1}}',
  );
  assert.deepEqual(strictErrors, [
    'duplicate field "spec.nodeName"',
    'unknown field "spec.foo"',
    'unknown field "spec.Containers"',
    'unknown field "spec.containers[0].x\\"y"',
    'duplicate field "metadata.labels.a"',
    'unknown field "__proto__"',
  ]);
  assert.equal((value as { spec: { nodeName: string } }).spec.nodeName, "b");
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

test("a field that comes twice is read into what the first one left, as Go does", () => {
  assert.equal(
    written(
      '{"spec":{"nodeName":"a","containers":[{"image":"i"},{"name":"x"}]},"spec":{"hostNetwork":true,"containers":[{"name":"n"}]}}',
    ),
    '{"metadata":{},"spec":{"containers":[{"name":"n","image":"i","resources":{}}],"nodeName":"a","hostNetwork":true},"status":{}}',
  );
});

test("at most a hundred strict errors, each once", () => {
  const fields = Array.from({ length: 150 }, (_, i) => `"x${i % 120}":1`).join(",");
  assert.equal(pod(`{${fields}}`).strictErrors.length, 100);
});

test("says in Go's words what does not fit", () => {
  const table: Record<string, string> = {
    '{"spec":{"hostNetwork":"x"}}':
      "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool",
    '{"spec":{"restartPolicy":5}}':
      "json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
    '{"spec":{"volumes":[{"emptyDir":"x"}]}}':
      "json: cannot unmarshal string into Go struct field Volume.spec.volumes.VolumeSource.emptyDir of type v1.EmptyDirVolumeSource",
    '{"spec":{"nodeSelector":{"a":1},"nodeName":2}}':
      "json: cannot unmarshal number into Go struct field PodSpec.spec.nodeSelector of type string",
    '{"spec":{"nodeSelector":[]}}':
      "json: cannot unmarshal array into Go struct field PodSpec.spec.nodeSelector of type map[string]string",
    '{"spec":{"containers":{}}}':
      "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
    "[]": "json: cannot unmarshal array into Go value of type v1.Pod",
    '{"metadata":{"generation":1.0}}':
      "json: cannot unmarshal number 1.0 into Go struct field ObjectMeta.metadata.generation of type int64",
    '{"metadata":{"generation":9223372036854775808}}':
      "json: cannot unmarshal number 9223372036854775808 into Go struct field ObjectMeta.metadata.generation of type int64",
    '{"metadata":{"creationTimestamp":5}}':
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
    '{"metadata":{"creationTimestamp":"abc"}}':
      'parsing time "abc" as "2006-01-02T15:04:05Z07:00": cannot parse "abc" as "2006"',
    '{"metadata":{"creationTimestamp":"2026-02-30T00:00:00Z"}}':
      'parsing time "2026-02-30T00:00:00Z": day out of range',
    '{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":true}}}]}}':
      "json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32",
    // A type that reads itself goes before an earlier mismatch, and broken syntax before both.
    '{"spec":{"nodeName":1,"containers":[{"resources":{"limits":{"cpu":"1x"}}}]}}':
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    '{"spec":{"nodeName":1}} x': "invalid character 'x' after top-level value",
  };
  for (const [text, expected] of Object.entries(table)) assert.equal(complaint(text), expected, text);
  assert.equal(complaint('{"bytes":"aG=k"}', Everything), "illegal base64 data at input byte 2");
  const noByte = "json: cannot unmarshal number 256 into Go struct field Everything.bytes of type uint8";
  assert.equal(complaint('{"bytes":[1,256]}', Everything), noByte);
});

test("says in Go's words what is not JSON", () => {
  const table: Record<string, string> = {
    "": "unexpected end of JSON input",
    '{"a"': "unexpected end of JSON input",
    '{"a":"x': "unexpected end of JSON input",
    "{,}": "invalid character ',' looking for beginning of object key string",
    '{"a" 1}': "invalid character '1' after object key",
    '{"a":1 "b"}': "invalid character '\"' after object key:value pair",
    "[1 2]": "invalid character '2' after array element",
    "[1,]": "invalid character ']' looking for beginning of value",
    trux: "invalid character 'x' in literal true (expecting 'e')",
    tru: "invalid character ' ' in literal true (expecting 'e')",
    "01": "invalid character '1' after top-level value",
    "1.": "invalid character ' ' after decimal point in numeric literal",
    '"\\x"': "invalid character 'x' in string escape code",
    '"\\u12g4"': "invalid character 'g' in \\u hexadecimal character escape",
    '"\n"': "invalid character '\\n' in string literal",
    "'": "invalid character '\\'' looking for beginning of value",
    é: "invalid character 'Ã' looking for beginning of value",
  };
  for (const [text, expected] of Object.entries(table)) {
    assert.throws(() => decodeJson(bytes(text)), { name: "DecodeError", reason: "syntax", message: expected }, text);
  }
});

test("nesting deeper than the limit is refused without touching the stack", () => {
  const nested = (depth: number): Buffer => bytes("[".repeat(depth) + "]".repeat(depth));
  assert.equal(encodeJson(decodeJson(nested(10_000)).value).length, 20_000);
  for (const depth of [10_001, 1_000_000]) {
    assert.throws(() => decodeJson(nested(depth)), {
      name: "DecodeError",
      message: "invalid character '[' exceeded max depth",
    });
  }
  assert.throws(() => decodeJson(nested(4), { maxDepth: 3 }), DecodeError);
  assert.match(complaint(`{"x":${"[".repeat(20_000)}`), /exceeded max depth/);
});

test("broken text becomes replacement characters, one for each byte, as in Go", () => {
  assert.equal(decodeJson(Buffer.from([0x22, 0xff, 0xe2, 0x82, 0x41, 0xed, 0xa0, 0x80, 0x22])).value, "���A���");
  assert.equal(decodeJson(bytes('"\\ud800x\\ud83d\\ude00"')).value, "�x😀");
});

test("reads any JSON without a schema", () => {
  const { value, strictErrors } = decodeJson(
    bytes(
      ' {"a":[1,2.5,-0,1e2,9007199254740993,10000000000000000000,""],"b":{"__proto__":{"x":1},"c":null,"c":true}} ',
    ),
  );
  assert.deepEqual(strictErrors, ['duplicate field "b.c"']);
  assert.equal(
    encodeJson(value),
    '{"a":[1,2.5,0,100,9007199254740993,10000000000000000000,""],"b":{"__proto__":{"x":1},"c":true}}',
  );
  assert.throws(() => decodeJson(bytes("1e999")), {
    name: "DecodeError",
    message: "json: cannot unmarshal number 1e999 into Go value of type float64",
  });
});
