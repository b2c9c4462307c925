/** What a table has under a name that came from outside: "constructor" is in every object, but is no entry of it. */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
