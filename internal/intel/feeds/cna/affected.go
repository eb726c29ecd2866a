// Package cna reads what the authorities that assign CVE ids say of affected products. NVD and the CVE List hand it out in
// the same form.
package cna

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// Product is an element of a CNA's "affected" container (CVE record format 5.x), which NVD passes on in the same form.
type Product struct {
	Vendor        string    `json:"vendor"`
	Product       string    `json:"product"`
	PackageURL    string    `json:"packageURL"`
	DefaultStatus string    `json:"defaultStatus"`
	Versions      []Version `json:"versions"`
}

// Version is a version, or a window of them, with its status; changes are within the window.
type Version struct {
	Version         string `json:"version"`
	Status          string `json:"status"`
	LessThan        string `json:"lessThan"`
	LessThanOrEqual string `json:"lessThanOrEqual"`
	Type            string `json:"versionType"`
	Changes         []struct {
		At     string `json:"at"`
		Status string `json:"status"`
	} `json:"changes"`
}

// Affected brings a product to the form of OSV. Only products with a package URL can be matched by package; of others,
// and of those that say nothing of versions, ok is false. The error names a package URL that means nothing here.
func (e Product) Affected() (out intel.Affected, ok bool, err error) {
	if clean(e.PackageURL) == "" {
		return intel.Affected{}, false, nil
	}
	id := ident.Identify(ident.Input{PURL: clean(e.PackageURL), Version: "0"})
	if id.Package.Ecosystem == "" || id.Package.Name == "" {
		return intel.Affected{}, false, fmt.Errorf("%.100q names no package of a known ecosystem", e.PackageURL)
	}
	out = intel.Affected{Package: id.Package, Name: id.DisplayName, Ranges: []intel.Range{}, Versions: []string{}}
	if out.Name == "" {
		out.Name = id.Package.Name
	}
	affectedByDefault := strings.EqualFold(clean(e.DefaultStatus), "affected")
	// carved is where an "affected by default" product is not: each unaffected window ends the range and begins it anew.
	carved := []intel.Event{{Introduced: "0"}}
	git := 0
	for _, v := range e.Versions {
		if strings.EqualFold(clean(v.Type), "git") {
			git++
			continue
		}
		switch strings.ToLower(clean(v.Status)) {
		case "affected":
			addAffected(&out, v)
		case "unaffected":
			carved = append(carved, unaffected(v)...)
		}
	}
	if affectedByDefault && git < max(1, len(e.Versions)) {
		out.Ranges = append(out.Ranges, intel.Range{Type: "ECOSYSTEM", Events: carved})
	}
	out.GitOnly = git > 0 && len(out.Ranges) == 0 && len(out.Versions) == 0
	return out, out.GitOnly || len(out.Ranges) > 0 || len(out.Versions) > 0, nil
}

// addAffected adds an affected entry: a window, every version, or one version.
func addAffected(out *intel.Affected, v Version) {
	start := startOf(v.Version)
	end, bounded := endOf(v)
	if !bounded && len(v.Changes) == 0 {
		if start == "0" {
			out.Ranges = append(out.Ranges, intel.Range{Type: rangeType(v.Type), Events: []intel.Event{{Introduced: "0"}}})
		} else {
			out.Versions = append(out.Versions, start)
		}
		return
	}
	events := []intel.Event{{Introduced: start}}
	for _, change := range v.Changes {
		switch strings.ToLower(clean(change.Status)) {
		case "unaffected":
			events = append(events, intel.Event{Fixed: clean(change.At)})
		case "affected":
			events = append(events, intel.Event{Introduced: clean(change.At)})
		}
	}
	if end != (intel.Event{}) {
		events = append(events, end)
	}
	out.Ranges = append(out.Ranges, intel.Range{Type: rangeType(v.Type), Events: events})
}

// unaffected gives the events that cut a window out of "everything is affected". An entry with a single version stands
// for the fix in which the fault ended: that is how CNAs use it.
func unaffected(v Version) []intel.Event {
	start := startOf(v.Version)
	var events []intel.Event
	if start != "0" {
		events = append(events, intel.Event{Fixed: start})
	}
	switch end, bounded := endOf(v); {
	case !bounded || end == (intel.Event{}):
	case end.Fixed != "":
		events = append(events, intel.Event{Introduced: end.Fixed})
	case end.Limit != "":
		events = append(events, intel.Event{Introduced: end.Limit})
	case end.LastAffected != "":
		// No event says "after this one". Taking the last sound version for affected errs by one version; leaving the
		// rest of the line out would err by all that follow.
		events = append(events, intel.Event{Introduced: end.LastAffected})
	}
	return events
}

func startOf(s string) string {
	switch s = clean(s); strings.ToLower(s) {
	case "", "*", "0", "n/a", "unspecified", "unknown", "all", "-":
		return "0"
	}
	return s
}

// endOf gives the event with which a window ends. Bounded with an empty event: it says that it never ends ("*").
func endOf(v Version) (end intel.Event, bounded bool) {
	switch less, most := clean(v.LessThan), clean(v.LessThanOrEqual); {
	case less == "*" || most == "*":
		return intel.Event{}, true
	case strings.HasSuffix(less, ".*"):
		return intel.Event{Limit: afterBranch(less)}, true
	case strings.HasSuffix(most, ".*"):
		return intel.Event{Limit: afterBranch(most)}, true
	case less != "":
		return intel.Event{Fixed: less}, true
	case most != "":
		return intel.Event{LastAffected: most}, true
	}
	return intel.Event{}, false
}

// afterBranch is where the next branch begins: "5.4.*" ends before "5.5".
func afterBranch(s string) string {
	s = strings.TrimSuffix(s, ".*")
	head, last := "", s
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		head, last = s[:i+1], s[i+1:]
	}
	n, err := strconv.ParseUint(last, 10, 32)
	if err != nil {
		return s
	}
	return head + strconv.FormatUint(n+1, 10)
}

func rangeType(versionType string) string {
	if strings.EqualFold(clean(versionType), "semver") {
		return "SEMVER"
	}
	return "ECOSYSTEM"
}

func clean(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\x00", "")) }
