// Package finding owns what is known to reach what we ship: one finding for each release, component and vulnerability, with
// its history. Findings are derived from matches by one set-based statement (refresh.go) and never edited by hand.
package finding
