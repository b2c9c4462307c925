const HTTPS_PORT = 443;

/** Where the server of an https URL listens; an IPv6 address stands without its brackets. */
export function placeOfUrl({ hostname, port }: URL): { readonly host: string; readonly port: number } {
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? HTTPS_PORT : Number(port) };
}
