// Package ident knows how software packages are named and how their versions order: package URLs, ecosystems,
// distribution releases, CPEs. It is a leaf: it imports nothing else of ThreatWerk.
package ident
