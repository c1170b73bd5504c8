import { PROBLEMS, problemType } from '../problems/problem.js';

const HEADER = `# Problems

What a request is refused with is a problem document (RFC 9457). \`type\` is stable: branch on it. \`errors\` points to each
bad field (RFC 6901) and says what would be accepted. Every answer has an \`X-Request-Id\`, which the log has too.

<!-- Written by \`npm run reference\` from the list of problems. -->

| type | status | title | what it means |
| --- | --- | --- | --- |
`;

/** The page of problem types as Markdown. */
export function problemPage(): string {
  const names = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[];
  const rows = names.map((name) => {
    const { status, title, description } = PROBLEMS[name];
    return `| \`${problemType(name)}\` | ${status} | ${title} | ${description} |`;
  });
  return `${HEADER}${rows.join('\n')}\n`;
}
