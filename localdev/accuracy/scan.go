package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// evidence is why we say that a package is reached.
type evidence struct{ Advisory, Ecosystem, Package, Version, Range, Rule, Words string }

func canonical(purl string) string {
	// older tools write their own type; the identity has the registered one
	purl = strings.Replace(purl, "pkg:alpine/", "pkg:apk/alpine/", 1)
	p, err := ident.ParsePURL(purl)
	if err != nil {
		return purl
	}
	return p.String()
}

func (a *accuracy) scan(ctx context.Context, name string) (*answer, error) {
	if got := a.answers[name]; got != nil {
		return got, nil
	}
	cmd := exec.CommandContext(ctx, a.binary, "scan", "--format", "json", filepath.Join(a.data, "sboms", "real", name))
	cmd.Env = append(os.Environ(), "LOG_LEVEL=error")
	raw, err := cmd.Output()
	got := &answer{confirmed: map[pair]bool{}, claims: map[pair]evidence{}, possible: map[pair]string{}, notCovered: map[string]string{}, purls: map[string]bool{}}
	a.answers[name] = got
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got.refused = strings.TrimSpace(string(exit.Stderr))
		return got, nil
	}
	if err != nil {
		return nil, err
	}
	var out struct {
		Components []struct {
			PURL            string
			Vulnerabilities []struct {
				ID         string
				Aliases    []string
				Advisories []string
				Confidence string
				Evidence   []evidence
			}
		}
		NotCovered []struct{ PURL, Reason string } `json:"not_covered"`
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("%s: read the scan's JSON: %w", name, err)
	}
	for _, c := range out.Components {
		purl := canonical(c.PURL)
		got.purls[purl] = true
		for _, v := range c.Vulnerabilities {
			for i, id := range v.Advisories {
				if v.Confidence == "confirmed" {
					got.claims[pair{purl, id}] = v.Evidence[i]
				}
			}
			for _, id := range append(append([]string{v.ID}, v.Aliases...), v.Advisories...) {
				p := pair{purl, id}
				if v.Confidence == "confirmed" {
					got.confirmed[p] = true
				} else if got.possible[p] == "" {
					got.possible[p] = v.Evidence[0].Rule
				}
			}
		}
	}
	for _, n := range out.NotCovered {
		got.purls[canonical(n.PURL)] = true
		got.notCovered[canonical(n.PURL)] = n.Reason
	}
	return got, nil
}

// explain asks why a pair is not among our answers: the rule that decided, the nearest to a match first. No rule: no entry of the
// record names the package.
func (a *accuracy) explain(ctx context.Context, p pair) (rule, words string, err error) {
	cmd := exec.CommandContext(ctx, a.binary, "explain", "--format", "json", p.purl, p.id)
	cmd.Env = append(os.Environ(), "LOG_LEVEL=error")
	raw, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "unknown", strings.TrimSpace(string(exit.Stderr)), nil
	}
	if err != nil {
		return "", "", err
	}
	var out struct{ Evidence []evidence }
	if err := json.Unmarshal(raw, &out); err != nil {
		return "", "", fmt.Errorf("explain %s %s: %w", p.purl, p.id, err)
	}
	rank := map[string]int{"in_range": 5, "listed": 5, "not_in_range": 3, "withdrawn": 2, "other_release": 1}
	for _, e := range out.Evidence {
		if rule == "" || rank[e.Rule] > rank[rule] {
			rule, words = e.Rule, e.Words
		}
	}
	if rule == "" {
		return "no_entry", "no entry of the record names the package", nil
	}
	return rule, words, nil
}
