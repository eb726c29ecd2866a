package main

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"

	"github.com/threatwerk/threatwerk/internal/matching"
)

// tableRow is one line of the table.
type tableRow struct {
	claim     claim
	component scanned
}

func printReports(w io.Writer, reports []report) error {
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := printReport(w, r); err != nil {
			return err
		}
	}
	return nil
}

func printReport(w io.Writer, r report) error {
	var confirmed, possible []tableRow
	for _, c := range r.Components {
		for _, v := range c.Vulnerabilities {
			if v.Confidence == matching.Confirmed {
				confirmed = append(confirmed, tableRow{v, c})
			} else {
				possible = append(possible, tableRow{v, c})
			}
		}
	}
	fmt.Fprintf(w, "%s: %d findings, %d to check, %d components not covered\n", r.File, len(confirmed), len(possible), len(r.NotCovered))
	if err := printRows(w, "", confirmed); err != nil {
		return err
	}
	if err := printRows(w, "\nTo check (not counted):\n", possible); err != nil {
		return err
	}
	for i, u := range r.NoAdvisories {
		if i == 0 {
			fmt.Fprintln(w)
		}
		name := u.Ecosystem
		if u.Release != "" {
			name += ":" + u.Release
		}
		components := "1 component"
		if u.Components != 1 {
			components = fmt.Sprintf("%d components", u.Components)
		}
		if _, err := fmt.Fprintf(w, "No advisories held for %s: %s not judged.\n", clean(name), components); err != nil {
			return err
		}
	}
	if len(r.NotCovered) == 0 {
		return nil
	}
	byReason := map[string]int{}
	for _, n := range r.NotCovered {
		byReason[n.Reason]++
	}
	var parts []string
	for reason, n := range byReason {
		parts = append(parts, fmt.Sprintf("%d %s", n, reason))
	}
	sort.Strings(parts)
	_, err := fmt.Fprintf(w, "\nNot covered: %s\n", strings.Join(parts, ", "))
	return err
}

func printRows(w io.Writer, title string, rows []tableRow) error {
	if len(rows) == 0 {
		return nil
	}
	sort.SliceStable(rows, func(i, j int) bool { return scoreOf(rows[i].claim) > scoreOf(rows[j].claim) })
	fmt.Fprint(w, title)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "SEVERITY\tVULNERABILITY\tCOMPONENT\tVERSION\tUPGRADE TO\tEXPLOITED\tADVISORIES")
	for _, r := range rows {
		severity, exploited, fixed := r.claim.Severity, "", r.claim.FixedIn
		if r.claim.Score != nil {
			severity = fmt.Sprintf("%s %.1f", severity, *r.claim.Score)
		}
		if r.claim.KEV {
			exploited = "yes (KEV)"
		}
		if fixed == "" {
			fixed = "no fix known"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", severity, clean(r.claim.ID), clean(r.component.Name), clean(r.component.Version),
			clean(fixed), exploited, clean(strings.Join(r.claim.Advisories, " ")))
	}
	return t.Flush()
}
