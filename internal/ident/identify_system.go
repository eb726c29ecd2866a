package ident

import "strings"

// identifySystem names a package of a distribution: ecosystem and release, source package, version with its epoch.
func (id *Identity) identifySystem(p PURL, in Input) {
	id.DisplayName = p.Name
	ecosystem, release, rebuild := distribution(p, in)
	id.Package.Ecosystem, id.Package.Release = ecosystem, release
	id.Version = strings.TrimPrefix(id.Version, "(none):")
	name := p.Name
	source, sourceVersion := sourcePackage(p, in)
	if NamesSource(ecosystem) && source != "" {
		name = source
		if sourceVersion != "" {
			id.Version = sourceVersion
		}
	}
	switch p.Type {
	case "rpm":
		id.readEpoch(p, in)
		id.Module = moduleStream(p, in)
	case "deb":
		if epoch := p.Qualifiers["epoch"]; epoch != "" && id.Version != "" && !strings.Contains(id.Version, ":") {
			id.Version = epoch + ":" + id.Version
		}
		id.Version = trimBinaryRebuild(id.Version)
	}
	id.Package.Name = FoldName(ecosystem, name)
	switch {
	case ecosystem == "" || ecosystem == Fedora || ecosystem == AmazonLinux || ecosystem == OracleLinux:
		id.NotCovered = NotCoveredUnknownEcosystem
	case release != "" && rebuild:
		id.Uncertain = UncertainRebuild
	case release == "" && HasReleases(ecosystem):
		id.Uncertain = UncertainRelease
		if guess := distTag(id.Version); UsesRPM(ecosystem) && guess != "" {
			id.Package.Release, id.Uncertain = guess, UncertainGuessed
		}
	}
}

// namespaces that say nothing of the distribution.
var namelessNamespaces = map[string]bool{"": true, "unknown": true, "linux": true, "rpm": true, "deb": true, "apk": true}

// distribution finds ecosystem and release of an operating-system package.
func distribution(p PURL, in Input) (ecosystem, release string, rebuild bool) {
	// A few writers put the release into the namespace: pkg:deb/debian/bookworm/curl.
	vendor, rest, _ := strings.Cut(p.Namespace, "/")
	stated := !namelessNamespaces[vendor]
	if stated {
		ecosystem, release = parseDistro(vendor)
	}
	rebuild = strings.HasPrefix(vendor, "centos")
	hints := []string{p.Qualifiers["distro"], joined(vendor, p.Qualifiers["distro_version"]), rest, in.Distro}
	for _, hint := range hints {
		named, number := parseDistro(hint)
		if ecosystem == "" && !stated && named != "" {
			ecosystem = named
			rebuild = rebuild || strings.Contains(strings.ToLower(hint), "centos")
		}
		if release == "" && number != "" && sameDistro(ecosystem, named) {
			// A bare number ("3.18.4") is read as the namespace's own.
			release = canonicalRelease(ecosystem, number)
		}
	}
	if ecosystem == "" && !stated {
		ecosystem = defaultDistro(p)
	}
	if ecosystem == Alpaquita && vendor == "bellsoft" {
		ecosystem = BellSoft
	}
	return ecosystem, release, rebuild
}

// sameDistro says whether a release named for one distribution can be taken for a package of another ("": not said).
func sameDistro(ecosystem, named string) bool {
	return ecosystem != "" && (named == "" || named == ecosystem)
}

func joined(id, version string) string {
	if id == "" || version == "" {
		return ""
	}
	return id + "-" + version
}

// defaultDistro is the distribution of a package whose document names none, from its version: it decides only which
// advisories are looked at, and as the release stays unknown no match is ever confirmed.
func defaultDistro(p PURL) string {
	switch {
	case p.Type == "apk":
		return Alpine
	case p.Type == "deb" && strings.Contains(p.Version, "ubuntu"):
		return Ubuntu
	case p.Type == "deb":
		return Debian
	case strings.Contains(p.Version, ".el"):
		return RedHat
	}
	return ""
}

// sourcePackage is the source that a binary package was built from, and its version where that is stated.
func sourcePackage(p PURL, in Input) (name, version string) {
	for _, key := range []string{"upstream", "source", "origin"} {
		value := strings.TrimSpace(p.Qualifiers[key])
		if value == "" || strings.EqualFold(value, "unknown") {
			continue
		}
		value, _, _ = strings.Cut(value, ",")
		return splitSource(value)
	}
	name, version = splitSource(strings.TrimSpace(in.SourceName))
	if in.SourceVersion != "" {
		version = known(in.SourceVersion)
	}
	return name, version
}

// splitSource reads "curl", "curl@7.88-1", "curl (7.88-1)" and "curl-7.88-1.el8.src.rpm".
func splitSource(s string) (name, version string) {
	if rpm, found := strings.CutSuffix(s, ".src.rpm"); found {
		if release := strings.LastIndexByte(rpm, '-'); release > 0 {
			if cut := strings.LastIndexByte(rpm[:release], '-'); cut > 0 {
				return rpm[:cut], rpm[cut+1:]
			}
		}
		return rpm, ""
	}
	if name, version, found := strings.Cut(s, "@"); found && name != "" {
		return name, known(version)
	}
	if name, version, found := strings.Cut(s, " ("); found {
		return name, known(strings.TrimSuffix(version, ")"))
	}
	return s, ""
}

// readEpoch completes an RPM version with its epoch, from the version, the epoch qualifier, or the document's version
// field, in this order.
func (id *Identity) readEpoch(p PURL, in Input) {
	if id.Version == "" || strings.Contains(id.Version, ":") {
		return
	}
	epoch, stated := p.Qualifiers["epoch"], false
	if epoch == "" {
		if before, _, found := strings.Cut(p.Version, ":"); found {
			epoch = before
		}
	}
	if epoch == "" {
		if before, _, found := strings.Cut(strings.TrimSpace(in.Version), ":"); found {
			epoch = before
		}
	}
	if epoch == "(none)" {
		epoch, stated = "", true
	}
	switch {
	case epoch != "" && strings.Trim(epoch, "0123456789") == "":
		id.Version = epoch + ":" + id.Version
	case !stated:
		id.EpochMissing = true
	}
}

// distTag reads the major release from an RPM's dist tag: "8" from "1.12.8-18.el8_2", "9" from "3.3.1-2.module+el9.4.0+1".
func distTag(version string) string {
	_, release, found := strings.Cut(version, "-")
	if !found {
		return ""
	}
	for _, mark := range []string{".el", "+el", "_el"} {
		if _, after, found := strings.Cut(release, mark); found && majorOf(after) != "" {
			return majorOf(after)
		}
	}
	return ""
}

// trimBinaryRebuild drops "+b1", by which Debian numbers rebuilds of a binary: advisories know source versions.
func trimBinaryRebuild(version string) string {
	i := strings.LastIndex(version, "+b")
	if i > 0 && i+2 < len(version) && strings.Trim(version[i+2:], "0123456789") == "" {
		return version[:i]
	}
	return version
}

// moduleStream is the module and stream of an RPM: of "nodejs:14:8040020210817133458:522a0ee4", "nodejs:14".
func moduleStream(p PURL, in Input) string {
	label := ""
	for _, s := range []string{p.Qualifiers["rpmmod"], p.Qualifiers["modularitylabel"], in.Module} {
		if label == "" {
			label = known(s)
		}
	}
	name, rest, found := strings.Cut(label, ":")
	stream, _, _ := strings.Cut(rest, ":")
	if !found || name == "" || stream == "" {
		return ""
	}
	return name + ":" + stream
}
