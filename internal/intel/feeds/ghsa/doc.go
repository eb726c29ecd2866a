// Package ghsa reads GitHub's security advisories from the REST API (docs.github.com/rest/security-advisories): those that
// GitHub reviewed, and malware. Its records have the shapes that package osv gives to GitHub's copies in OSV form, so that
// both say the same of a package; the package knows no database.
package ghsa
