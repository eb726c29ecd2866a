// Package cloudformation holds the tests of the templates in the folder cloudformation: form and references against AWS's own
// published specification of resource types (testdata/types.json, written by extract.mjs), the deployment guide as a contract,
// rules of safety, and the inline function run against stand-ins for AWS.
package cloudformation
