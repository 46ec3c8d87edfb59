// A reporter that prints nothing but the totals, as lines `# pass N` and `# fail N`, for scripts to read.
export default async function* summary(events) {
  let totals = '';
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic' && /^(tests|pass|fail|cancelled|skipped) \d+$/.test(data.message)) {
      totals += `# ${data.message}\n`;
    }
  }
  yield totals;
}
