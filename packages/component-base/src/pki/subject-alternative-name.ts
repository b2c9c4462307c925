import { AsnConvert } from "@peculiar/asn1-schema";
import { GeneralName, id_ce_subjectAltName, SubjectAlternativeName } from "@peculiar/asn1-x509";
import type { Extension } from "@peculiar/asn1-x509";
import { extension } from "./key-usage.ts";

export interface AlternativeNames {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly emailAddresses?: readonly string[];
  readonly uris?: readonly string[];
}

/** None when there are no names; critical where the subject is empty, as RFC 5280 demands. */
export function alternativeNameExtension(names: AlternativeNames, critical = false): Extension[] {
  const all = [
    ...(names.dnsNames ?? []).map((dNSName) => new GeneralName({ dNSName })),
    ...(names.emailAddresses ?? []).map((rfc822Name) => new GeneralName({ rfc822Name })),
    ...(names.ipAddresses ?? []).map((iPAddress) => new GeneralName({ iPAddress })),
    ...(names.uris ?? []).map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
  ];
  return all.length === 0 ? [] : [extension(id_ce_subjectAltName, new SubjectAlternativeName(all), critical)];
}

export function decodeAlternativeNames(extensions: Iterable<Extension>): Required<AlternativeNames> {
  const found = [...extensions].find(({ extnID }) => extnID === id_ce_subjectAltName);
  const names = found ? [...AsnConvert.parse(found.extnValue, SubjectAlternativeName)] : [];
  return {
    dnsNames: names.flatMap(({ dNSName }) => dNSName ?? []),
    ipAddresses: names.flatMap(({ iPAddress }) => iPAddress ?? []),
    emailAddresses: names.flatMap(({ rfc822Name }) => rfc822Name ?? []),
    uris: names.flatMap(({ uniformResourceIdentifier }) => uniformResourceIdentifier ?? []),
  };
}
