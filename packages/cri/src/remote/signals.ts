import { enumOf } from "@dingi/grpc";

const NAMED = (
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP " +
  "TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN"
).split(" ");
const REAL_TIME = [
  ...Array.from({ length: 15 }, (_, i) => `RTMIN+${i + 1}`),
  ...Array.from({ length: 14 }, (_, i) => `RTMAX-${14 - i}`),
  "RTMAX",
];

/** "" lets the runtime choose. */
export const Signal = enumOf("", ...[...NAMED, ...REAL_TIME].map((name) => `SIG${name}`));
