# Three lines are three stories: houses load them unevenly, and outlets are wired in rotation.
Feature: Line by line

  Background:
    Given a charger where nobody needs a token

  @EG-04
  Scenario: An oven on one line counts as much as an oven on all
    Given a main fuse of 32 A
    And the house takes 100 W on each line
    And a car is charging
    When the house takes 4 kW on L2
    Then within 7 s the car draws 14.4 A
    And the house connection carries at most 32 A

  @EG-04
  Scenario: A roof that feeds in on one line makes no room on the others
    Given a main fuse of 32 A
    And the house takes 4 kW on each line
    And a car is charging
    When the house takes -5 kW on L1
    And 60 s pass
    Then the house connection carries at most 32 A
    And the car current is between 14 A and 15 A

  @EG-09
  Scenario: An outlet wired in rotation feels the loss of the house's line
    Given the car "phev-16"
    And the line L1 of the outlet is line L2 of the house
    And a car is charging
    When the line L1 is lost for 20 s
    And the line L3 is lost for 20 s
    Then for 10 s the car draws at least 15 A
    When 60 s pass
    And the line L2 is lost for 20 s
    Then within 1 s the car draws 0 A
    And within 60 s the car draws 15.9 A

  @EG-10
  Scenario: The energy balance of an outlet wired in rotation closes
    Given the line L1 of the outlet is line L3 of the house
    And the house takes 2 kW on L2
    And a car is charging
    When the car draws at most 8 A on L2
    And 30 min pass
    And the driver unplugs
    And 5 s pass
    Then the energy balance closes within 0.1 %
