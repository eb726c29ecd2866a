// Package otx reads threat reports ("pulses") of AlienVault OTX through its API: those of an account's subscriptions, or
// of its activity. It fetches and parses; it knows no database.
//
// The service answers 504 for pages that take it longer than half a minute, and goes on doing so; smaller pages pass. So
// pages shrink where they fail and a single pulse that fails is left out, while an account for which nothing passes is
// an error.
package otx
