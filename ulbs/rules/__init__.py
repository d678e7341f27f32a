"""Pure decisions about towns: no Django, no clock, no database."""
