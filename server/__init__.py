"""The judge as a service: tables, rules, API and pages."""
