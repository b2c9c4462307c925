import { kubectl } from "@dingi/kubectl";

const { stdout, stderr, stdin, env } = process;
process.exitCode = await kubectl(process.argv.slice(2), { stdout, stderr, stdin, env });
