import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { silentLogger } from "@dingi/base";
import { storeContract } from "../contract/store-contract.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const directory = mkdtempSync(join(tmpdir(), "dingi-store-"));
after(() => rmSync(directory, { recursive: true }));
let opened = 0;

storeContract({
  name: "sqlite",
  open: (options) => openSqliteStore({ path: join(directory, `${opened++}.db`), logger: silentLogger, ...options }),
});
