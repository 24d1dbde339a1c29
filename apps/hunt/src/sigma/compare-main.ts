/**
 * node apps/hunt/dist/sigma/compare-main.js [data set …]
 *
 * Compares every recording beside the repository with its expected Sigma matches, by the slow evaluator. Takes a few
 * minutes; ends with status 1 when anything differs.
 */
import { compareWithExpected, expectedDatasets, referenceMatcher, sharedData, sharedRules } from "./compare.js";
import { compileSigma } from "./rule-set.js";

if (sharedData("hunt", "public", "expected-sigma.json.gz") === null) {
  console.log("the recordings and their expected matches (../shared/data) are not there: nothing compared");
} else {
  const { rules, problems } = compileSigma(sharedRules());
  console.log(`${rules.length} rules compiled, ${problems.length} problems`);
  for (const problem of problems) console.log(`  ${problem.path}:${problem.line} ${problem.reason}`);
  const named = process.argv.slice(2);
  const result = await compareWithExpected(named.length > 0 ? named : expectedDatasets(), referenceMatcher(rules), {
    onDataset: (name, events) => console.log(`${name}: ${events} events`),
  });
  console.log(`${result.datasets} data sets, ${result.events} events, ${result.agreed} matches agree`);
  console.log(`${result.differences.length} differences`);
  for (const one of result.differences)
    console.log(
      `  ${one.dataset} ${one.rule} "${one.title}" missing ${one.missing.length} [${one.missing.slice(0, 5)}] extra ${one.extra.length} [${one.extra.slice(0, 5)}]`,
    );
  for (const [rule, matches] of result.unjudged) console.log(`  without expectation: ${rule} fires ${matches} times`);
  process.exitCode = result.differences.length === 0 ? 0 : 1;
}
