# EVerest PR 762, lincomatic/open_evse 95. A car may take 5 s to follow each change of the duty (IEC 61851-1, table A.6).
Feature: A duty that a car can follow

  Background:
    Given a charger where nobody needs a token
    And a car is charging

  @OC-14
  Scenario: Higher duties wait for six seconds, lower ones for nothing
    When the CSMS sets a profile of 10 A
    Then within 100 ms the pilot duty is 16.6 %
    When 1 s pass
    And the CSMS sets a profile of 8 A
    Then within 100 ms the pilot duty is 13.3 %
    When the CSMS sets a profile of 16 A
    Then for 5 s the pilot duty stays 13.3 %
    And within 1500 ms the pilot duty is 26.6 %
    When 3 s pass
    And the CSMS sets a profile of 20 A
    Then for 2 s the pilot duty stays 26.6 %
    When the CSMS sets a profile of 6 A
    Then within 100 ms the pilot duty is 10.0 %

  Scenario: What changed while it waited is what goes out
    When the CSMS sets a profile of 10 A
    And 1 s pass
    And the CSMS sets a profile of 20 A
    And 1 s pass
    And the CSMS sets a profile of 12 A
    Then within 6 s the pilot duty is 20.0 %
    And for 10 s the pilot duty stays 20.0 %

  Scenario: A car that comes back from a pause waits for nothing
    When the CSMS sets a profile of 0 A
    Then within 8 s the contactor opens
    When the CSMS sets a profile of 16 A
    Then within 100 ms the pilot duty is 26.6 %

  # 0 s: 26 A; 4 s: 20 A; 4.5 s: it takes 26 A; 8 s: 14 A; 8.5 s: it takes 20 A.
  @CP-26
  Scenario: Steps down, four seconds apart, and a car that obeys each after four and a half
    When the CSMS sets a profile of 26 A
    And the car draws 32 A whatever is offered
    And 4 s pass
    And the CSMS sets a profile of 20 A
    And 500 ms pass
    And the car draws 26 A whatever is offered
    And 3500 ms pass
    And the CSMS sets a profile of 14 A
    And 500 ms pass
    And the car draws 20 A whatever is offered
    And 4 s pass
    And the car draws what is offered
    Then for 30 s the contactor stays closed
    And for 1 s no fault is detected

  @CP-26 @EG-06
  Scenario: The limit of the house falls with the oven, then with the heat pump, then with the kettle
    When the car draws 32 A whatever is offered
    And the house begins to take 3500 W on each line
    And 3 s pass
    And the house begins to take 5000 W on each line
    And 1500 ms pass
    And the car draws 24 A whatever is offered
    And 2 s pass
    And the house begins to take 6500 W on each line
    And 1 s pass
    And the car draws 17 A whatever is offered
    And 3500 ms pass
    And the car draws what is offered
    Then for 30 s the contactor stays closed
    And for 1 s no fault is detected
