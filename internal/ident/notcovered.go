package ident

// NotCoveredWords says in one sentence why nothing can be said of a component, and what to do. An unknown reason comes
// back as it is.
func NotCoveredWords(reason string) string {
	switch reason {
	case NotCoveredNoPURL:
		return "The document names neither a package URL nor a CPE: let the generator write package URLs."
	case NotCoveredUnknownEcosystem:
		return "No advisory source covers packages of this kind; for packages of your own nothing is to be done."
	case NotCoveredNoVersion:
		return "The document gives no version, so there is nothing to compare: let the generator resolve versions."
	case NotCoveredNoRelease:
		return "The document does not say which release of the distribution the package belongs to: add the distro qualifier."
	case NotCoveredBadVersion:
		return "The version cannot be read by the order of its ecosystem: correct it in the build."
	case NotCoveredBadPURL:
		return "The package URL cannot be read: correct it."
	case NotCoveredCPEOnly:
		return "The document names only a CPE, and no intel by CPE is held or the CPE cannot be read: import NVD, or add a package URL."
	case NotCoveredDistribution:
		return "This is the distribution itself: its packages are judged one by one, and nothing is to be done."
	case NotCoveredNoAdvisories:
		return "No advisories are held for this ecosystem or this release of it: import them. Nothing is known, which is not the same as nothing being wrong."
	}
	return reason
}
