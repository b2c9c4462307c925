import { chmod, chown, lchown, opendir } from "node:fs/promises";
import type { Pinned } from "./pinned.ts";

interface GroupGrant {
  readonly group: number;
  /** The group may then only read. */
  readonly readOnly: boolean;
}

const READ_WRITE = 0o660;
const READ_ONLY = 0o440;
const ENTER = 0o110;
const SET_GROUP_ID = 0o2000;

/** Permission bits that a group is given, beside those that are there. Upstream: pkg/volume/volume_linux.go#changeFilePermission */
function grantedMode(mode: number, isDirectory: boolean, readOnly: boolean): number {
  const granted = readOnly ? READ_ONLY : READ_WRITE;
  return (mode & 0o7777) | granted | (isDirectory ? SET_GROUP_ID | ENTER : 0);
}

/** Gives a directory and all below it to a group; a link is given itself, never what it points to. */
export async function giveToGroup(directory: Pinned, grant: GroupGrant): Promise<void> {
  for await (const { name } of await opendir(directory.path)) {
    await using child = await directory.child(name);
    const stat = await child.stat();
    if (stat.isDirectory()) await giveToGroup(child, grant);
    else if (stat.isSymbolicLink()) await lchown(directory.entry(name), -1, grant.group);
    else await giveOne(child, grant);
  }
  await giveOne(directory, grant);
}

/** Whether a directory, all else aside, is the group's. Upstream: pkg/volume/volume_linux.go#requiresPermissionChange */
export async function isGivenTo(directory: Pinned, { group, readOnly }: GroupGrant): Promise<boolean> {
  const { gid, mode } = await directory.stat();
  return gid === group && grantedMode(mode, true, readOnly) === (mode & 0o7777);
}

async function giveOne(pinned: Pinned, { group, readOnly }: GroupGrant): Promise<void> {
  await chown(pinned.path, -1, group);
  // After chown, which clears the bits for another identity.
  const stat = await pinned.stat();
  await chmod(pinned.path, grantedMode(stat.mode, stat.isDirectory(), readOnly));
}
