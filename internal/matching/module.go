package matching

import (
	"regexp"
	"strings"
)

// namedStream finds "nodejs:14" in "Important: nodejs:14 security update": the one place where OSV records of RPM distributions say
// which module stream they are for.
var namedStream = regexp.MustCompile(`(?:^|[\s(,])([A-Za-z0-9][A-Za-z0-9_.+-]*):([A-Za-z0-9][A-Za-z0-9_.-]*)`)

// stream is a module with one of its streams.
type stream struct{ module, stream string }

func (s stream) String() string { return s.module + ":" + s.stream }

func readStream(label string) (stream, bool) {
	module, name, found := strings.Cut(label, ":")
	return stream{module, name}, found && module != "" && name != ""
}

func streamsOf(title string) []stream {
	var out []stream
	for _, m := range namedStream.FindAllStringSubmatch(title, 10) {
		out = append(out, stream{m[1], strings.TrimRight(m[2], ".")})
	}
	return out
}

// sameness is whether a component and an entry, both modular, are of one stream.
type sameness int

const (
	mayDiffer sameness = iota
	same
	differ
)

// compareStreams compares the component's label, else what the version shows, with the streams that the advisory names.
//
//   - A label decides: the advisory names its stream, or it names others.
//   - Builds of one module build ("+2522+3bd42762") are of one stream.
//   - Where the stream is the version of the package (nodejs 14.17 of nodejs:14), another version is another stream.
//   - Where the advisory names no stream, or a rolling one ("rhel8"), builds that begin with one number are taken for one stream.
func (e *entry) compareStreams(s subject, bound string) sameness {
	version := s.id.Version
	own, labelled := readStream(s.id.Module)
	if labelled && len(e.streams) > 0 {
		for _, named := range e.streams {
			if named == own {
				return same
			}
		}
		return differ
	}
	if build := moduleBuild(version); build != "" && build == moduleBuild(bound) {
		return same
	}
	numbered := false
	for _, named := range e.streams {
		if named.stream[0] < '0' || named.stream[0] > '9' {
			continue
		}
		numbered = true
		if beginsWith(bound, named.stream) {
			if beginsWith(version, named.stream) {
				return same
			}
			return differ
		}
	}
	if !numbered && leadingNumber(version) == leadingNumber(bound) {
		return same
	}
	return mayDiffer
}

// moduleBuild is what ties the packages of one build of a module together: "2522+3bd42762" of "1-1.module_el8.4.0+2522+3bd42762".
func moduleBuild(version string) string {
	_, release, found := strings.Cut(version, ".module")
	if !found {
		return ""
	}
	parts := strings.Split(release, "+")
	if len(parts) < 3 {
		return ""
	}
	return strings.Join(parts[len(parts)-2:], "+")
}

// moduleTag is the release that a module was built for: "el8.4.0" of ".module_el8.4.0+2522+3bd42762" and of ".module+el8.4.0+...".
func moduleTag(version string) string {
	_, release, found := strings.Cut(version, ".module")
	if !found {
		return ""
	}
	tag, _, _ := strings.Cut(release[min(1, len(release)):], "+")
	return tag
}

// pairModules notes for which releases one advisory names a module build of a package. Their numbers do not order across releases, so
// that a build is compared with those for its own release where there are any.
func pairModules(entries []*entry) {
	tags := map[string]bool{}
	for _, e := range entries {
		if e.tag != "" {
			tags[e.tag] = true
		}
	}
	if len(tags) < 2 {
		return
	}
	for _, e := range entries {
		if e.module {
			e.tags = tags
		}
	}
}

// beginsWith says whether an RPM's upstream version is the stream's number or one of its line: "14.17.3" of "14", "3.9.19" of "3.9".
func beginsWith(version, number string) bool {
	if _, after, found := strings.Cut(version, ":"); found {
		version = after
	}
	rest, found := strings.CutPrefix(version, number)
	return found && (rest == "" || rest[0] < '0' || rest[0] > '9')
}

// leadingNumber is the first number of an RPM's upstream version.
func leadingNumber(version string) string {
	if _, after, found := strings.Cut(version, ":"); found {
		version = after
	}
	n := 0
	for n < len(version) && version[n] >= '0' && version[n] <= '9' {
		n++
	}
	return version[:n]
}
