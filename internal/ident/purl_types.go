package ident

import (
	"fmt"
	"strings"
)

// typeRule is what the purl type definitions ask of one type, as far as it bears on identity.
type typeRule struct {
	lowerNamespace, lowerName, lowerVersion bool
	needNamespace, noNamespace              bool
	needQualifier                           string
}

var typeRules = map[string]typeRule{
	"alpm":             {lowerNamespace: true, lowerName: true, needNamespace: true},
	"apk":              {lowerNamespace: true, lowerName: true, needNamespace: true},
	"bazel":            {noNamespace: true},
	"bitbucket":        {lowerNamespace: true, lowerName: true, needNamespace: true},
	"bitnami":          {lowerName: true, noNamespace: true},
	"brew":             {lowerNamespace: true, lowerName: true},
	"cargo":            {noNamespace: true},
	"chrome-extension": {lowerName: true, noNamespace: true},
	"cocoapods":        {noNamespace: true},
	"composer":         {lowerNamespace: true, lowerName: true, needNamespace: true},
	"conda":            {noNamespace: true},
	"cran":             {noNamespace: true},
	"deb":              {lowerNamespace: true, lowerName: true, needNamespace: true},
	"gem":              {noNamespace: true},
	"git":              {needNamespace: true},
	"github":           {lowerNamespace: true, lowerName: true, needNamespace: true},
	"golang":           {needNamespace: true},
	"hackage":          {noNamespace: true},
	"hex":              {lowerNamespace: true, lowerName: true},
	"huggingface":      {lowerVersion: true, needNamespace: true},
	"julia":            {noNamespace: true, needQualifier: "uuid"},
	"luarocks":         {lowerNamespace: true, lowerName: true},
	"maven":            {needNamespace: true},
	"mlflow":           {noNamespace: true},
	"nuget":            {noNamespace: true},
	"oci":              {lowerName: true, lowerVersion: true, noNamespace: true},
	"opam":             {noNamespace: true},
	"otp":              {lowerName: true, noNamespace: true},
	"pub":              {lowerName: true, noNamespace: true},
	"pypi":             {lowerName: true, lowerVersion: true, noNamespace: true},
	"qpkg":             {lowerNamespace: true, needNamespace: true},
	"rpm":              {lowerNamespace: true, needNamespace: true},
	"swid":             {needQualifier: "tag_id"},
	"swift":            {needNamespace: true},
	"vcpkg":            {noNamespace: true},
	"vscode-extension": {lowerNamespace: true, lowerName: true, lowerVersion: true, needNamespace: true},
	"yocto":            {lowerNamespace: true},
}

// foldingHosts are the forges that take paths without regard to case.
var foldingHosts = map[string]bool{
	"github": true, "github.com": true, "gitlab.com": true, "bitbucket.org": true, "codeberg.org": true,
}

// normalised applies the case rules of the type and refuses what no reader could make sense of.
func (p PURL) normalised() (PURL, error) {
	p.Type = strings.ToLower(p.Type)
	if !validType(p.Type) {
		return PURL{}, fmt.Errorf("%w: type %q", ErrBadPURL, p.Type)
	}
	if p.Name == "" {
		return PURL{}, fmt.Errorf("%w: no name", ErrBadPURL)
	}
	rule := typeRules[p.Type]
	if rule.lowerNamespace {
		p.Namespace = strings.ToLower(p.Namespace)
	}
	if rule.lowerName {
		p.Name = strings.ToLower(p.Name)
	}
	if rule.lowerVersion {
		p.Version = strings.ToLower(p.Version)
	}
	switch p.Type {
	case "pypi":
		p.Name = strings.ReplaceAll(p.Name, "_", "-")
	case "pub":
		p.Name = strings.Map(pubRune, p.Name)
	case "mlflow":
		// Databricks folds model names, Azure ML does not.
		if strings.Contains(p.Qualifiers["repository_url"], "databricks") {
			p.Name = strings.ToLower(p.Name)
		}
	case "git":
		// The namespace is the host, the name the whole path below it.
		if host, path, found := strings.Cut(p.Namespace, "/"); found {
			p.Namespace, p.Name = host, path+"/"+p.Name
		}
		if foldingHosts[strings.ToLower(p.Namespace)] {
			p.Namespace, p.Name = strings.ToLower(p.Namespace), strings.ToLower(p.Name)
		}
	case "cpan":
		p.Namespace = strings.ToUpper(p.Namespace)
	}
	return p, nil
}

func pubRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
		return r
	}
	return '_'
}

// CheckPURL says what a strict reader would refuse in a package URL that ParsePURL can still use: missing or
// forbidden namespaces, required qualifiers, upper case in qualifier keys (purl type definitions). It serves the
// quality findings on a document. Errors wrap ErrBadPURL.
func CheckPURL(s string) error {
	p, err := ParsePURL(s)
	if err != nil {
		return err
	}
	if i := strings.LastIndexByte(s, '?'); i >= 0 {
		query, _, _ := strings.Cut(s[i+1:], "#")
		for _, pair := range strings.Split(query, "&") {
			if key, _, _ := strings.Cut(pair, "="); key != strings.ToLower(key) {
				return fmt.Errorf("%w: qualifier key %q is not in lower case", ErrBadPURL, key)
			}
		}
	}
	return p.Check()
}

// Check applies the rules of the purl type definitions that are about presence and characters. Errors wrap ErrBadPURL.
func (p PURL) Check() error {
	rule := typeRules[p.Type]
	switch {
	case rule.needNamespace && p.Namespace == "":
		return fmt.Errorf("%w: %s needs a namespace", ErrBadPURL, p.Type)
	case rule.noNamespace && p.Namespace != "":
		return fmt.Errorf("%w: %s has no namespaces", ErrBadPURL, p.Type)
	case rule.needQualifier != "" && p.Qualifiers[rule.needQualifier] == "":
		return fmt.Errorf("%w: %s needs the qualifier %s", ErrBadPURL, p.Type, rule.needQualifier)
	case p.Type == "cpan" && strings.Contains(p.Name, "::"):
		return fmt.Errorf("%w: a distribution name has no double colon", ErrBadPURL)
	case p.Type == "chrome-extension" && !chromeExtension(p):
		return fmt.Errorf("%w: no extension id and version of Chrome", ErrBadPURL)
	}
	return nil
}

func chromeExtension(p PURL) bool {
	if len(p.Name) != 32 || strings.Trim(p.Name, "abcdefghijklmnop") != "" {
		return false
	}
	parts := strings.Split(p.Version, ".")
	for _, part := range parts {
		if p.Version != "" && (part == "" || strings.Trim(part, "0123456789") != "") {
			return false
		}
	}
	return len(parts) <= 4
}
