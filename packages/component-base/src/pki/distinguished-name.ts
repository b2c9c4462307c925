import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";

const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
/** Serial number, country, locality, province, street, organization, unit and postal code. */
const CERTIFIED = new Set([5, 6, 7, 8, 9, 10, 11, 17].map((last) => `2.5.4.${last}`));
/** The characters of ASN.1's PrintableString. */
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

/** Who a certificate is for: the user and the groups that the API server takes from it. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** Organizations first and in one set, as Go writes them. */
export function encodeName({ commonName, organizations = [] }: Subject): Name {
  const parts = [
    attributes(ORGANIZATION, organizations),
    attributes(COMMON_NAME, commonName === "" ? [] : [commonName]),
  ];
  return new Name(parts.filter((part) => part.length > 0).map((part) => new RelativeDistinguishedName(part)));
}

/**
 * Of several common names the last counts, as with Go. Throws TypeError for a string of a type that not all readers of a
 * certificate read alike: who signs must see what those see who are shown it.
 */
export function decodeName(name: Name): Required<Subject> {
  const valuesOf = (type: string) =>
    [...name]
      .flatMap((part) => [...part])
      .filter((attribute) => attribute.type === type)
      .map(({ value }) => textOf(value));
  return { commonName: valuesOf(COMMON_NAME).at(-1) ?? "", organizations: valuesOf(ORGANIZATION) };
}

/**
 * What of a requested subject goes into a certificate: the attributes that Go knows, and of the common names the one that
 * counts. Others could mean something to somebody, such as the user's uid (1.3.6.1.4.1.57683.2), and nobody has looked at them.
 * Upstream: crypto/x509/pkix/pkix.go#Name.ToRDNSequence
 */
export function certifiedName(name: Name): Name {
  const commonName = [...name].flatMap((part) => [...part]).findLast(({ type }) => type === COMMON_NAME);
  const parts = [...name].map((part) =>
    [...part].filter((attribute) => attribute === commonName || CERTIFIED.has(attribute.type)),
  );
  return new Name(parts.filter((part) => part.length > 0).map((part) => new RelativeDistinguishedName(part)));
}

function textOf({ utf8String, printableString, ia5String }: AttributeValue): string {
  const text = utf8String ?? printableString ?? ia5String;
  if (text === undefined) throw new TypeError("The subject has a name of a string type that is not supported");
  return text;
}

function attributes(type: string, values: readonly string[]): AttributeTypeAndValue[] {
  return values.map((text) => {
    const value = new AttributeValue(PRINTABLE.test(text) ? { printableString: text } : { utf8String: text });
    return new AttributeTypeAndValue({ type, value });
  });
}
