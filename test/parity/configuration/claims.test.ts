import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { JwtAuthenticatorConfiguration } from "../../../packages/apiserver/src/authentication/configuration/authentication-configuration.ts";
import { validateAuthenticationConfiguration } from "../../../packages/apiserver/src/authentication/configuration/validate-authentication-configuration.ts";
import { mappedUser } from "../../../packages/apiserver/src/authentication/jwt/mapped-user.ts";

interface Question {
  readonly title: string;
  readonly jwt: JwtAuthenticatorConfiguration;
  readonly claims: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly user?: {
    readonly Name: string;
    readonly UID: string;
    readonly Groups: string[] | null;
    readonly Extra: object | null;
  };
  readonly error?: string;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(join(import.meta.dirname, name), "utf8")) as T;

/** As upstream's answers are written. */
function identify({ jwt, claims }: Question): Answer {
  try {
    const [valid] = validateAuthenticationConfiguration({ jwt: [jwt] }, { disallowedIssuers: [] });
    const { name, uid = "", groups, extra = {} } = mappedUser(claims, valid!);
    const own = groups.filter((group) => group !== "system:authenticated");
    return { user: { Name: name, UID: uid, Groups: own, Extra: extra } };
  } catch (error) {
    const { message } = error as Error;
    return { error: message.replace("invalid authentication configuration: jwt[0].", "configuration: ") };
  }
}

/** Nothing, and nothing in it, are the same. */
function compared({ user, error }: Answer): Answer {
  return user ? { user: { ...user, Groups: user.Groups ?? [], Extra: user.Extra ?? {} } } : { error: error ?? "" };
}

describe("Claims say who somebody is as by upstream's code", () => {
  const questions = read<readonly Question[]>("claims.json");
  const answers = read<readonly Answer[]>("claims-recorded.json");
  test("which has been asked the same", () => assert.equal(answers.length, questions.length, "run record.sh"));
  for (const [i, question] of questions.entries())
    test(question.title, () => assert.deepEqual(compared(identify(question)), compared(answers[i]!)));
});
