package ghsa

import (
	"errors"
	"fmt"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// readRange brings a vulnerable_version_range and the first patched version to the form that GitHub's copies in OSV
// have. A range is bounds joined by commas, all of which hold: "= 1", "< 2", "<= 2", ">= 1", "> 1".
//
// The first patched version ends the range where there is one; a bound that says something else ("<= 1.0.8" beside a fix
// in 1.1) is kept as what is last known to be affected. Without a fix "<= 2" names the last affected version, and "< 2"
// names none: the range stays open and the bound is what is known.
func readRange(out *intel.Affected, text, fix string) error {
	lower, upper, after := "0", "", ""
	for part := range strings.SplitSeq(text, ",") {
		op, version, err := bound(part)
		if err != nil {
			return err
		}
		switch op {
		case "=":
			if strings.Contains(text, ",") {
				return fmt.Errorf("%.80q joins one version with bounds", text)
			}
			out.Versions = []string{version}
			return nil
		case ">=", ">":
			if lower != "0" || after != "" {
				return fmt.Errorf("%.80q has two lower bounds", text)
			}
			if op == ">" {
				after = version
			}
			lower = version
		case "<", "<=":
			if upper != "" {
				return fmt.Errorf("%.80q has two upper bounds", text)
			}
			upper = op + " " + version
		}
	}
	// No event says "after this one". Taking the bound itself for affected errs by one version, on the safe side.
	events := []intel.Event{{Introduced: lower}}
	switch op, version, _ := strings.Cut(upper, " "); {
	case fix != "":
		events = append(events, intel.Event{Fixed: fix})
		if upper != "" && upper != "< "+fix {
			out.LastKnownAffected = upper
		}
	case op == "<=":
		events = append(events, intel.Event{LastAffected: version})
	case op == "<":
		out.LastKnownAffected = upper
	}
	kind := "ECOSYSTEM"
	if out.Package.Ecosystem == ident.Go {
		kind = "SEMVER"
	}
	out.Ranges = []intel.Range{{Type: kind, Events: events}}
	return nil
}

// bound reads one comparison.
func bound(part string) (op, version string, err error) {
	part = strings.TrimSpace(part)
	if part == "" {
		return "", "", errors.New("the range, or a part of it, is empty")
	}
	for _, op := range []string{">=", "<=", ">", "<", "="} {
		if version, found := strings.CutPrefix(part, op); found {
			if version = strings.TrimSpace(version); version == "" || strings.ContainsAny(version, "<>=,| \t\r\n") {
				return "", "", fmt.Errorf("%.60q is no version bound", part)
			}
			return op, version, nil
		}
	}
	return "", "", fmt.Errorf("%.60q does not begin with a comparison", part)
}
