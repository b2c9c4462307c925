import type { KindExample } from "../kind-example.ts";

const CERTIFICATES = "/apis/certificates.k8s.io/v1";

/** Of an authority that signs nothing. */
const trustBundle = [
  "-----BEGIN CERTIFICATE-----",
  "MIIBbzCCARWgAwIBAgIUZJWkqlWuMychsZNXieO5jmXtBN4wCgYIKoZIzj0EAwIw",
  "DDEKMAgGA1UEAwwBYTAgFw0yNjExMzAwMDA3MDVaGA8yMTI2MTEwNjAwMDcwNVow",
  "DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEVJOdvVoEUR",
  "XCy1ZShV7VF3oBmp2RAV+2d10/CzV5E2PRqfTYtNdlPUH3w1DWJZJkeLGfC9rKbr",
  "XJ7AHfdKJlajUzBRMB0GA1UdDgQWBBSfGAswjaBLaHnRL7rx5hmf+TYy4zAfBgNV",
  "HSMEGDAWgBSfGAswjaBLaHnRL7rx5hmf+TYy4zAPBgNVHRMBAf8EBTADAQH/MAoG",
  "CCqGSM49BAMCA0gAMEUCIQDNt/rAtWiS6qpe8WBKqu9xbj7xL35c9KF5pnBuCLy3",
  "WwIgYgSLGYcASnyeoP1gxg0kIo+8ezz20MGuIUDkF9ffORo=",
  "-----END CERTIFICATE-----",
  "",
].join("\n");

/** By a key that is gone. */
const stubPKCS10Request =
  "MIGLMD8CAQAwDDEKMAgGA1UEAwwBeDAqMAUGAytlcAMhAG4/81twDXj8t8rv03G5NF49+4UL/wFX6THuQ9ixl0gOoAAwBQYDK2VwA0EAD0uxSIBqwIY+eeWV11jSj3qgBdXjYjCxFzP07ZaY4MIaFfT8UnTIwACfDMdYRr5zg43pgjsWVS7pN3JYg36sCA==";

const request = {
  signerName: "example.org/s",
  podName: "p",
  podUID: "u1",
  serviceAccountName: "sa",
  serviceAccountUID: "u2",
  nodeName: "n",
  nodeUID: "u3",
  stubPKCS10Request,
};

/** Of a key that nobody has any more. */
const signingRequest =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIcU1JR1JBZ0VBTUM4eEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekVXTUJRR0ExVUVBd3dOYzNsegpkR1Z0T201dlpHVTZiakJaTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSEEwSUFCRmJTcDZycVFGSkJYVDh1ClJlenpOcjgvYkNCem5ESnByVUFFTWI4WDF0a05yMDBVOWVkeEs3Q1J3dDBJaW80UGJTaWNYZEdPSjlnRWV5R08KY1pzWVpMYWdBREFLQmdncWhrak9QUVFEQWdOSUFEQkZBaUJxeUVxeCtLS0FXNG5iRnhrUHJKeUVqWXJ5aFJnRApYM3BiQWg2TlBhUW1sZ0loQUphOUZac3YrZFp2ZjY4VzNyK0ptZTR4RHRPNTNuTEdDUWlEQy9hTkU4aHoKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

export const CERTIFICATES_KINDS: readonly KindExample[] = [
  {
    kind: "CertificateSigningRequest",
    resource: "certificatesigningrequests",
    root: CERTIFICATES,
    namespaced: false,
    minimal: { spec: { request: signingRequest, signerName: "example.org/s", usages: ["client auth"] } },
    full: {
      spec: {
        request: signingRequest,
        signerName: "example.org/s",
        usages: ["digital signature", "client auth"],
        expirationSeconds: 3600,
      },
    },
    status: { status: { conditions: [{ type: "Failed", status: "True", reason: "R", message: "m" }] } },
    wrong: { spec: { usages: ["client auth", "client auth"] } },
  },
  {
    kind: "ClusterTrustBundle",
    resource: "clustertrustbundles",
    root: CERTIFICATES,
    namespaced: false,
    minimal: { spec: { trustBundle } },
    full: { spec: { trustBundle: `An authority:\n${trustBundle}` } },
    change: { spec: { trustBundle: `The same:\n${trustBundle}` } },
    wrong: { spec: { trustBundle: "none" } },
  },
  {
    kind: "PodCertificateRequest",
    resource: "podcertificaterequests",
    root: CERTIFICATES,
    namespaced: true,
    minimal: { spec: request },
    full: {
      spec: {
        ...request,
        maxExpirationSeconds: 7200,
        unverifiedUserAnnotations: { "example.org/b": "2", "a.org/a": "1" },
      },
    },
    status: {
      status: {
        conditions: [
          { type: "Denied", status: "True", reason: "R", message: "m", lastTransitionTime: "2020-01-01T00:00:00Z" },
        ],
      },
    },
    wrong: { spec: { nodeName: "other" } },
  },
];
