import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { decodeAuthenticationConfiguration } from "../../../packages/apiserver/src/authentication/configuration/authentication-configuration.ts";
import { validateAuthenticationConfiguration } from "../../../packages/apiserver/src/authentication/configuration/validate-authentication-configuration.ts";
import { decodeAuthorizationConfiguration } from "../../../packages/apiserver/src/authorization/configuration/authorization-configuration.ts";
import { validateAuthorizationConfiguration } from "../../../packages/apiserver/src/authorization/configuration/validate-authorization-configuration.ts";

interface Question {
  readonly title: string;
  readonly configuration: object;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(join(import.meta.dirname, name), "utf8")) as T;

function checkFile(path: string): string | undefined {
  if (path === "/") return "must be a regular file";
  return `error loading file: stat ${path}: no such file or directory`;
}

const JUDGES: Readonly<Record<string, (text: string) => void>> = {
  authentication: (text) => {
    const configuration = decodeAuthenticationConfiguration(text);
    validateAuthenticationConfiguration(configuration, { disallowedIssuers: ["https://sa.test"] });
  },
  authorization: (text) => validateAuthorizationConfiguration(decodeAuthorizationConfiguration(text), { checkFile }),
};

/** Why it is refused; "" when it is not. */
function judge(about: string, { configuration }: Question): string {
  try {
    JUDGES[about]!(JSON.stringify(configuration));
    return "";
  } catch (error) {
    return (error as Error).message.replace(/^invalid \w+ configuration: /, "");
  }
}

/** As they are told; what a parser expected in place of what it found is not compared. */
const compared = (text: string): string => text.replace(/ expecting \{[^}]*\}/g, "");

for (const about of Object.keys(JUDGES))
  describe(`Configurations of ${about} are judged as by upstream's code`, () => {
    const questions = read<readonly Question[]>(`${about}.json`);
    const answers = read<readonly string[]>(`${about}-recorded.json`);
    test("which has been asked the same", () => assert.equal(answers.length, questions.length, "run record.sh"));
    for (const [i, question] of questions.entries())
      test(question.title, () => assert.equal(compared(judge(about, question)), compared(answers[i]!)));
  });
