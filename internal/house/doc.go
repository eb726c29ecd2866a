// Package house holds the tests of the house rules: who may import whom, and how long a file may grow. Each rule stands
// beside its reason, and a rule that no longer helps is changed here, in the open.
package house
