package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/matching"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// report is the JSON answer of scan. Several files answer with an array of them, each with its file.
type report struct {
	File       string      `json:"file,omitempty"`
	Components []scanned   `json:"components"`
	NotCovered []uncovered `json:"not_covered"`
	// NoAdvisories are the ecosystems, with their release where they have any, of which nothing is held: silence says nothing there.
	NoAdvisories []unheld        `json:"no_advisories,omitempty"`
	Warnings     []problem.Fault `json:"warnings,omitempty"`
}

type scanned struct {
	PURL            string  `json:"purl"`
	Name            string  `json:"name"`
	Version         string  `json:"version"`
	Upgrade         string  `json:"upgrade,omitempty"` // smallest version that no known advisory reaches
	Vulnerabilities []claim `json:"vulnerabilities"`
}

type claim struct {
	ID         string              `json:"id"`
	Aliases    []string            `json:"aliases"`
	Advisories []string            `json:"advisories"`
	Confidence matching.Confidence `json:"confidence"`
	Severity   string              `json:"severity"`
	Score      *float64            `json:"score,omitempty"`
	KEV        bool                `json:"kev"`
	EPSS       *float64            `json:"epss,omitempty"`
	Evidence   []matching.Evidence `json:"evidence"`
	FixedIn    string              `json:"fixed_in"`
}

type unheld struct {
	Ecosystem  string `json:"ecosystem"`
	Release    string `json:"release,omitempty"`
	Components int    `json:"components"`
}

type uncovered struct {
	PURL   string `json:"purl"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func scanCommand() *cobra.Command {
	var format string
	var maxBytes int64
	cmd := &cobra.Command{
		Use:   "scan FILE...",
		Short: "Say which known vulnerabilities reach the packages of SBOM files; stores nothing",
		Long: `scan reads SBOMs and evaluates them against the intel in DATABASE_URL. Nothing is stored. Documents larger than --max-bytes,
else SBOM_MAX_BYTES, are refused. Where no advisories are held for an ecosystem, the answer says so.

One file answers with one JSON object, several with an array. Exit status 0: scanned; 2: a file was refused or the
database could not be asked.`,
		Args: takes("one SBOM or more (- reads standard input)", 1, -1),
		RunE: func(cmd *cobra.Command, files []string) error {
			if format != "table" && format != "json" {
				return usage(cmd, fmt.Errorf("--format %q: use table or json", format))
			}
			if cmd.Flags().Changed("max-bytes") && maxBytes <= 0 {
				return usage(cmd, fmt.Errorf("--max-bytes %d: give a number of bytes", maxBytes))
			}
			return withDatabase(cmd.Context(), func(ctx context.Context, pool *pgxpool.Pool) error {
				limits, err := scanLimits(maxBytes)
				if err != nil {
					return err
				}
				reports, err := scanFiles(ctx, pool, cmd, files, limits)
				if err != nil {
					return err
				}
				if format == "table" {
					err = printReports(cmd.OutOrStdout(), reports)
				} else {
					err = printJSON(cmd.OutOrStdout(), reports, len(files) > 1)
				}
				if err == nil && len(reports) < len(files) {
					err = fmt.Errorf("%d of %d files could not be scanned", len(files)-len(reports), len(files))
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "table or json")
	cmd.Flags().Int64Var(&maxBytes, "max-bytes", 0, "largest document that is read, in bytes (default SBOM_MAX_BYTES)")
	return cmd
}

// scanLimits are those of the server, but for the size that the command line gives.
func scanLimits(maxBytes int64) (sbom.Limits, error) {
	limits := sbom.DefaultLimits()
	if limits.MaxBytes = maxBytes; maxBytes == 0 {
		settings, err := config.Parse(os.Environ())
		if err != nil {
			return sbom.Limits{}, err
		}
		limits.MaxBytes = settings.SBOMMaxBytes
	}
	return limits, nil
}

// scanFiles scans each file; of several, one that is refused is complained of and does not stop the rest.
func scanFiles(ctx context.Context, pool *pgxpool.Pool, cmd *cobra.Command, files []string, limits sbom.Limits) ([]report, error) {
	reports := make([]report, 0, len(files))
	for _, file := range files {
		r, err := scanFile(ctx, pool, cmd.InOrStdin(), file, limits)
		switch {
		case err == nil:
			reports = append(reports, r)
		case len(files) == 1 || ctx.Err() != nil:
			return nil, fmt.Errorf("%s: %w", file, err)
		default:
			complain(cmd.ErrOrStderr(), fmt.Errorf("%s: %w", file, err))
		}
	}
	return reports, nil
}

func printJSON(w io.Writer, reports []report, several bool) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	encoder.SetEscapeHTML(false)
	if !several {
		reports[0].File = ""
		return encoder.Encode(reports[0])
	}
	return encoder.Encode(reports)
}

func scanFile(ctx context.Context, pool *pgxpool.Pool, in io.Reader, file string, limits sbom.Limits) (report, error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return report{}, err
		}
		defer f.Close()
		in = f
	}
	document, err := sbom.Read(ctx, in, limits)
	if err != nil {
		return report{}, err
	}
	components := make([]matching.Component, len(document.Components))
	for i := range document.Components {
		components[i] = matching.Component{Identity: document.Components[i].Identity, CPEs: document.Components[i].CPEs}
	}
	store := intel.NewStore(pool, nil)
	results, err := matching.Scan(ctx, pool, store, components)
	if err != nil {
		return report{}, err
	}
	headlines, err := store.Headlines(ctx, vulnerabilitiesOf(results))
	if err != nil {
		return report{}, err
	}
	out := report{File: file, Components: []scanned{}, NotCovered: []uncovered{}, Warnings: document.Warnings}
	for _, r := range results {
		if r.Identity.NotCovered != "" {
			out.NotCovered = append(out.NotCovered, uncovered{r.Identity.PURL, r.Identity.DisplayName, r.Identity.NotCovered})
		}
		if r.Identity.NotCovered == ident.NotCoveredNoAdvisories {
			out.countUnheld(r.Identity.Package)
		}
		if r.Identity.NotCovered == "" || len(r.Matches) > 0 {
			out.Components = append(out.Components, scanned{
				PURL: r.Identity.PURL, Name: r.Identity.DisplayName, Version: r.Identity.DisplayVersion,
				Upgrade: r.Upgrades.All, Vulnerabilities: claimsOf(r, headlines),
			})
		}
	}
	return out, nil
}

// countUnheld counts a component of an ecosystem of which nothing is held. They are few.
func (r *report) countUnheld(p ident.Package) {
	for i := range r.NoAdvisories {
		if u := &r.NoAdvisories[i]; u.Ecosystem == p.Ecosystem && u.Release == p.Release {
			u.Components++
			return
		}
	}
	r.NoAdvisories = append(r.NoAdvisories, unheld{p.Ecosystem, p.Release, 1})
}

func vulnerabilitiesOf(results []matching.ScanResult) []int64 {
	var ids []int64
	for _, r := range results {
		for _, m := range r.Matches {
			ids = append(ids, m.Candidate.Vulnerabilities...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// claimsOf groups the matches of one package by vulnerability, the worst first.
func claimsOf(r matching.ScanResult, headlines map[int64]intel.Headline) []claim {
	at := map[int64]int{}
	claims := []claim{}
	for _, m := range r.Matches {
		if m.Confidence == matching.Contradicted {
			continue // evidence against itself, which explain shows
		}
		for _, id := range m.Candidate.Vulnerabilities {
			i, known := at[id]
			if !known {
				h := headlines[id]
				i = len(claims)
				at[id] = i
				claims = append(claims, claim{
					ID: h.Name, Aliases: h.Aliases, Severity: h.Severity, Score: h.Score, KEV: h.KEV, EPSS: h.EPSS,
					Confidence: m.Confidence, FixedIn: r.Upgrades.ByVulnerability[id],
				})
			}
			c := &claims[i]
			c.Advisories = append(c.Advisories, m.Candidate.AdvisoryID)
			c.Evidence = append(c.Evidence, m.Evidence)
			if m.Confidence == matching.Confirmed {
				c.Confidence = matching.Confirmed
			}
			if c.FixedIn == "" && m.Confidence == matching.Possible {
				c.FixedIn = m.FixedVersion
			}
		}
	}
	sort.SliceStable(claims, func(i, j int) bool { return scoreOf(claims[i]) > scoreOf(claims[j]) })
	return claims
}

func scoreOf(c claim) float64 {
	if c.Score != nil {
		return *c.Score
	}
	return map[string]float64{"critical": 9.5, "high": 8, "medium": 5.5, "low": 2}[c.Severity]
}
