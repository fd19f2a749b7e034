# The control pilot without a car: nobody has to be at the rig.
@bring-up @requires:board
Feature: Bring-up: the control pilot without a car

  @BU-CP-01
  Scenario: An idle pilot is steady at +12 V
    When 2 s pass
    Then the pilot is in state A
    And the pilot high level is between 11.4 V and 12.6 V
    And for 5 s the pilot high level stays between 11.4 V and 12.6 V
    And the pilot ripple is at most 100 mV
    And the pilot carries no PWM

  @BU-CP-02
  Scenario: A disabled outlet is steady at -12 V
    When the power board is disabled
    And 1 s pass
    Then the pilot high level is between -12.6 V and -11.4 V
    And for 5 s the pilot high level stays between -12.6 V and -11.4 V
    And the pilot ripple is at most 100 mV
