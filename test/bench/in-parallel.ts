/** Does `work` for 0 to `count` - 1, never more than `workers` at once. */
export async function inParallel(count: number, workers: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let i = next++; i < count; i = next++) await work(i);
    }),
  );
}
